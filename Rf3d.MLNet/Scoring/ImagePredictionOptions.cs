using Rf3d.Datasets;

namespace Rf3d.MLNet;

/// <summary>Options for scoring images with a saved model.</summary>
public sealed record ImagePredictionOptions
{
    /// <summary>
    /// Whether an image that cannot be read becomes a result with an <see cref="ImagePrediction.Error"/>, instead of an exception. Default: false.
    /// </summary>
    public bool ContinueOnError { get; init; }

    /// <summary>
    /// Pixels (height times width) that a file or stream may have; a larger one counts as one that cannot be read, and no memory is taken for it. For uploads less than the
    /// default is wise. At least 1. Default: 100,000,000, which take 400 MB.
    /// </summary>
    public long MaxPixels { get; init; } = ImageReader.DefaultMaxPixels;

    /// <summary>
    /// Whether files and streams are turned upright as the orientation in their EXIF data says, as <c>LoadImageFolder</c> does by default. An image in memory is scored as it is.
    /// Default: true.
    /// </summary>
    public bool ApplyOrientation { get; init; } = true;

    /// <summary>Images that are scored together. At least 1. Default: 8, enough to share the cost of a call to ONNX Runtime.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Batches that are decoded and scored at the same time, each on one thread. At least 1. Default: null, the number of processors.</summary>
    public int? MaxDegreeOfParallelism { get; init; }

    internal static ImagePredictionOptions Default { get; } = new();

    /// <exception cref="ArgumentOutOfRangeException">A figure is less than 1.</exception>
    internal ImagePredictionOptions Checked()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxPixels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        if (MaxDegreeOfParallelism is { } threads)
            ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1, nameof(MaxDegreeOfParallelism));
        return this;
    }
}
