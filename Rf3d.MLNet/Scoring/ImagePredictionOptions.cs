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
    /// <value>Images, at least 1. Default: null, 8 on a CPU and 64 on a GPU.</value>
    /// <remarks>A batch is in memory at once: 4 bytes for each value of the network's input, of which at most 2,147,483,591 fit.</remarks>
    public int? BatchSize { get; init; }

    /// <summary>Number of batches that are decoded at the same time, each on one thread, which on a CPU scores it, too. A GPU scores one batch at a time.</summary>
    /// <value>At least 1. Values above four times the number of processors are treated as that number. Default: null, the number of processors.</value>
    public int? MaxDegreeOfParallelism { get; init; }

    /// <summary>As <see cref="ContinueOnError"/>, except for files that may be good, whose errors are thrown: set for folders that skip bad images.</summary>
    internal bool SkipBadImages { get; init; }

    internal static ImagePredictionOptions Default { get; } = new();

    /// <summary>The options for the files of a folder, which has limits of its own: both count.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">Null for those of the folder alone.</param>
    /// <exception cref="ArgumentOutOfRangeException">A figure is less than 1.</exception>
    internal static ImagePredictionOptions For(ImageFolderDataView folder, ImagePredictionOptions? options)
    {
        var given = (options ?? Default with { MaxPixels = folder.MaxPixels }).Checked();
        return given with
        {
            SkipBadImages = folder.LeavesImagesOut,
            MaxPixels = Math.Min(given.MaxPixels, folder.MaxPixels),
            ApplyOrientation = given.ApplyOrientation && folder.IsUpright,
        };
    }

    /// <exception cref="ArgumentOutOfRangeException">A figure is less than 1.</exception>
    internal ImagePredictionOptions Checked()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxPixels, 1);
        if (BatchSize is { } images)
            ArgumentOutOfRangeException.ThrowIfLessThan(images, 1, nameof(BatchSize));
        if (MaxDegreeOfParallelism is { } threads)
            ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1, nameof(MaxDegreeOfParallelism));
        return this;
    }
}
