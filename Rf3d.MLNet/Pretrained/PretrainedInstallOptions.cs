namespace Rf3d.MLNet;

/// <summary>How <see cref="PretrainedWeights.InstallAsync"/> gets its files.</summary>
public sealed class PretrainedInstallOptions
{
    /// <summary>
    /// Address of a mirror, which has each file as NAME/FILE: https://mirror/resnet18.mlnet_in1k/ResNet18.onnx; a folder has one that begins with file://. Default: null,
    /// for the address in the environment variable <c>RF3D_WEIGHTS</c> if it is one, else the publisher's own.
    /// </summary>
    public Uri? Mirror { get; set; }

    /// <summary>
    /// The SHA-256, in hexadecimal digits, of a file whose hash is not known here; or "any" to take what comes. Default: null, which refuses such a file.
    /// </summary>
    public string? AcceptHash { get; set; }

    /// <summary>The client to use, for instance with a proxy; it stays the caller's to dispose. Default: null, for one made for the download.</summary>
    public HttpClient? HttpClient { get; set; }
}
