namespace Rf3d.MLNet;

/// <summary>Options of <see cref="PretrainedWeights.InstallAsync"/>.</summary>
public sealed class PretrainedInstallOptions
{
    /// <summary>
    /// Address of a mirror that has each file as NAME/FILE, for example <c>https://mirror/resnet18.mlnet_in1k/ResNet18.onnx</c>. The address of a folder begins with
    /// <c>file://</c>.
    /// </summary>
    /// <value>Default: null, the address in the environment variable <c>RF3D_WEIGHTS</c> if it has one, else the address of the publisher.</value>
    public Uri? Mirror { get; set; }

    /// <summary>SHA-256 of a file whose hash is not in the list, in hexadecimal digits; or "any" to accept every file.</summary>
    /// <value>Default: null, which refuses such a file.</value>
    public string? AcceptHash { get; set; }

    /// <summary>Client for the download, for example with a proxy. The caller disposes it.</summary>
    /// <value>Default: null, a client for this download.</value>
    public HttpClient? HttpClient { get; set; }
}
