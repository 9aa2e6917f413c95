using Microsoft.ML.Data;
using Rf3d.Datasets;

namespace Rf3d.MLNet;

/// <summary>One image to score, and how its pixels are read on the thread that scores it.</summary>
/// <param name="Index">Its place in the sequence.</param>
/// <param name="Path">The file; null for an image from elsewhere.</param>
/// <param name="Read">Writes the network's input; throws a <see cref="BadImageException"/> where the image cannot be read.</param>
internal sealed record ScoringInput(long Index, string? Path, Action<PixelReader, Memory<float>> Read)
{
    public static ScoringInput Of(string path, long index, ImagePredictionOptions options) =>
        new(index, path, (reader, target) => reader.Read(path ?? throw new ArgumentNullException(nameof(path)), options.MaxPixels, options.ApplyOrientation, target.Span));

    /// <summary>Reads the stream to its end, now: the next one may be a part of the same file.</summary>
    public static ScoringInput Of(Stream stream, long index, ImagePredictionOptions options)
    {
        ArgumentNullException.ThrowIfNull(stream);
        try
        {
            return Of(ImageStreamContent.Read(stream, options.MaxPixels), index, options);
        }
        catch (BadImageException bad)
        {
            return Of(bad, index);
        }
    }

    /// <inheritdoc cref="Of(Stream, long, ImagePredictionOptions)"/>
    public static async Task<ScoringInput> OfAsync(Stream stream, long index, ImagePredictionOptions options, CancellationToken cancellation)
    {
        try
        {
            return Of(await ImageStreamContent.ReadAsync(stream, options.MaxPixels, cancellation).ConfigureAwait(false), index, options);
        }
        catch (BadImageException bad)
        {
            return Of(bad, index);
        }
    }

    /// <summary>Resizes the image, now: the caller may dispose of it before it is scored.</summary>
    /// <param name="image">The image.</param>
    /// <param name="index">Its place in the sequence.</param>
    /// <param name="reader">Resizes it.</param>
    /// <param name="length">The number of values that it becomes.</param>
    public static ScoringInput Of(MLImage image, long index, PixelReader reader, int length)
    {
        ArgumentNullException.ThrowIfNull(image);
        var pixels = new float[length];
        reader.Read(image, pixels);
        return new(index, null, (_, target) => pixels.CopyTo(target));
    }

    /// <summary>An image that cannot be read.</summary>
    public static ScoringInput Of(BadImageException bad, long index) => new(index, null, (_, _) => throw bad);

    private static ScoringInput Of(ImageStreamContent content, long index, ImagePredictionOptions options) =>
        new(index, null, (reader, target) => reader.Read(content.Bytes, content.Length, options.MaxPixels, options.ApplyOrientation, target.Span));
}
