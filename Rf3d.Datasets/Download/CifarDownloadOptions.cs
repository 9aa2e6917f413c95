namespace Rf3d.Datasets;

/// <summary>Options for downloading CIFAR.</summary>
public sealed class CifarDownloadOptions
{
    /// <summary>Address of the folder that has the archives, for example of a mirror. The archives must be identical to the published ones.</summary>
    /// <value>Default: https://www.cs.toronto.edu/~kriz/.</value>
    public Uri BaseAddress { get; set; } = new("https://www.cs.toronto.edu/~kriz/");

    /// <summary>Client for the download, for example with a proxy. The caller disposes it.</summary>
    /// <value>Default: null, a client for this download.</value>
    /// <remarks>Its timeout applies until the response begins.</remarks>
    public HttpClient? HttpClient { get; set; }
}
