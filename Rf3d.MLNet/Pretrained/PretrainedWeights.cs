namespace Rf3d.MLNet;

/// <summary>
/// Weights of networks trained on ImageNet, which a training can start from: a list of names, their location on this machine, and their installation. Training never
/// downloads anything.
/// </summary>
/// <remarks>
/// <para>Files are looked for in the folder that the environment variable <c>RF3D_WEIGHTS</c> names (in a folder of the network's name; or directly, if
/// no other network has a file of this name), beside the application, where the package Microsoft.ML.DnnImageFeaturizer.ResNet18 puts its own, and in the folder
/// <c>rf3d/weights</c> of the user's local application data, where <see cref="InstallAsync"/> puts them.</para>
/// <para>Only weights whose own licence permits commercial use are listed. All of them learned from ImageNet, see <see cref="PretrainedWeightsInfo.DataTerms"/>.</para>
/// </remarks>
public static class PretrainedWeights
{
    /// <summary>Names of the known networks, as architecture.weights: "resnet18.mlnet_in1k". The first is the one in a NuGet package.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. PretrainedManifest.Current.Networks.Select(entry => entry.Name)];

    /// <summary>Describes a network.</summary>
    /// <param name="name">One of <see cref="Names"/>, in any case.</param>
    /// <exception cref="ArgumentException">There is no network of this name.</exception>
    public static PretrainedWeightsInfo Describe(string name)
    {
        var entry = PretrainedManifest.Require(name);
        return new()
        {
            Name = entry.Name,
            Description = entry.Description,
            Architecture = entry.Architecture,
            License = entry.License,
            DataTerms = PretrainedManifest.Current.DataTerms,
            Source = entry.Source,
            IsVerified = entry.IsVerified,
            PackageId = entry.Package?.Id,
            PackageVersion = entry.Package?.Version,
        };
    }

    /// <summary>Finds the file of a network on this machine, if the other files of the network are there, too. Nothing is downloaded, and no hash is computed.</summary>
    /// <param name="name">One of <see cref="Names"/>, in any case.</param>
    /// <returns>The path, or null if it is not on this machine.</returns>
    /// <exception cref="ArgumentException">There is no network of this name.</exception>
    public static string? Find(string name)
    {
        var entry = PretrainedManifest.Require(name);
        return WeightsPlaces.Find(entry, WeightsPlaces.Folder, AppContext.BaseDirectory, WeightsPlaces.CacheFolder(entry));
    }

    /// <summary>
    /// Gets a network's files into the user's local application data, unless they are there: from the mirror, else from NuGet's folder of restored packages, else from
    /// where they are published. A file gets its name only when it is complete and has its hash. Two processes that install the same network wait for each other.
    /// </summary>
    /// <param name="name">One of <see cref="Names"/>, in any case.</param>
    /// <param name="options">A mirror, an HTTP client, or the acceptance of a file whose hash is not known; null for the defaults.</param>
    /// <param name="progress">Receives the number of bytes received, for each file or package; null for none.</param>
    /// <param name="cancellationToken">Stops the download. Nothing is kept.</param>
    /// <returns>The path of the network's file.</returns>
    /// <exception cref="ArgumentException">There is no network of this name, or the address of <see cref="PretrainedInstallOptions.Mirror"/> is not one of http, https or file.</exception>
    /// <exception cref="InvalidOperationException">
    /// The hash of its file is not in the list, and <see cref="PretrainedInstallOptions.AcceptHash"/> does not say which to accept.
    /// </exception>
    /// <exception cref="InvalidDataException">The downloaded file has another hash, or the package lacks the file. It is deleted.</exception>
    /// <exception cref="IOException">It cannot be fetched or written; the message names the address, the hash, and the path to put the file at.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Task<string> InstallAsync(string name, PretrainedInstallOptions? options = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        var entry = PretrainedManifest.Require(name);
        return new WeightsInstaller(entry, WeightsPlaces.CacheFolder(entry), options ?? new()) { Progress = progress }.RunAsync(cancellationToken);
    }
}
