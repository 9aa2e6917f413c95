using Rf3d.Datasets;

namespace Rf3d.MLNet;

/// <summary>Options for scoring images with a saved model.</summary>
public sealed record ImagePredictionOptions
{
    /// <summary>Whether an image that cannot be read gives a result with an <see cref="ImagePrediction.Error"/> instead of an exception.</summary>
    /// <value>Default: false.</value>
    public bool ContinueOnError { get; init; }

    /// <summary>Most pixels (height times width) of a file or stream, by its header. A larger image cannot be read, and no memory is allocated for it.</summary>
    /// <value>Pixels, at least 1. Default: 100,000,000, which take 400 MB.</value>
    /// <remarks>Set a lower limit for uploads.</remarks>
    public long MaxPixels { get; init; } = ImageReader.DefaultMaxPixels;

    /// <summary>Whether files and streams are turned upright by their EXIF orientation, as <c>LoadImageFolder</c> does by default.</summary>
    /// <value>Default: true.</value>
    /// <remarks>An image in memory is scored unchanged.</remarks>
    public bool ApplyOrientation { get; init; } = true;

    /// <summary>Number of images that are scored together.</summary>
    /// <value>Images, at least 1. Default: 8.</value>
    public int BatchSize { get; init; } = 8;

    /// <summary>Number of batches that are decoded and scored at the same time, each on one thread.</summary>
    /// <value>At least 1. Default: null, the number of processors.</value>
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
