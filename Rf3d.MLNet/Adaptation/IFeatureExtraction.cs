using TorchSharp;

namespace Rf3d.MLNet;

/// <summary>The features of images: the output of a network before its last layer.</summary>
/// <param name="Features">[n, features], single precision, of the CPU.</param>
/// <param name="Mirrored">The same of their mirror images; null if they were not requested.</param>
/// <param name="Labels">The class of each image, from 0.</param>
internal sealed record ImageFeatures(torch.Tensor Features, torch.Tensor? Mirrored, long[] Labels)
{
    /// <summary>These images, then others. Both have mirror images, or neither.</summary>
    public ImageFeatures With(ImageFeatures others) => new(
        torch.cat([Features, others.Features]),
        Mirrored is null ? null : torch.cat([Mirrored, others.Mirrored!]),
        [.. Labels, .. others.Labels]);
}

/// <summary>Runs a network without its last layer over images, once, as the exported model does.</summary>
internal interface IFeatureExtraction
{
    /// <summary>Number of batches that so many images are.</summary>
    int BatchesOf(long images);

    /// <param name="images">The images. Those of a stream are decoded once, in the order of the data.</param>
    /// <param name="mirror">Whether to run over mirror images, too.</param>
    /// <param name="report">Called with the number of images that are done, after each batch, on the caller's thread.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Features in the order of the subset, in the caller's scope.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    ImageFeatures Run(ImageSubset images, bool mirror, Action<long> report, CancellationToken cancellation);
}
