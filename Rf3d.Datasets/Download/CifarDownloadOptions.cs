namespace Rf3d.Datasets;

/// <summary>Where to download CIFAR from.</summary>
public sealed class CifarDownloadOptions
{
    /// <summary>
    /// The address of the folder that has the archives: a mirror, for instance. The archives must be the published ones,
    /// to the byte. Default: https://www.cs.toronto.edu/~kriz/.
    /// </summary>
    public Uri BaseAddress { get; set; } = new("https://www.cs.toronto.edu/~kriz/");

    /// <summary>
    /// The client to use, for instance with a proxy; it stays the caller's to dispose. Its timeout holds for the time until the
    /// download begins. Default: null, for one made for the download.
    /// </summary>
    public HttpClient? HttpClient { get; set; }
}
