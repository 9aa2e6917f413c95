using Microsoft.ML.Data;

namespace Rf3d.Datasets;

/// <summary>
/// Opens images for a saved model in applications of your own. The images may come from anyone. Unlike <c>MLImage.CreateFromFile</c> and <c>MLImage.CreateFromStream</c> it
/// reads the header first and refuses what is not an image, what is too large, cut short or damaged, with a message that says which. The pixels are the same.
/// </summary>
/// <remarks>
/// A few bytes can claim to be gigabytes of pixels, and there are files of 58 bytes at which <c>MLImage.CreateFromStream</c> ends the process: SkiaSharp 2.88 cannot pass on
/// an exception from within a .NET stream. A process decodes only so many images at a time, by their size and its memory; further calls wait. Images that were returned are the caller's and do not count.
/// </remarks>
public static class ImageReader
{
    /// <summary>Pixels (height times width) that an image may have by default: 100,000,000, which take 400 MB.</summary>
    public const long DefaultMaxPixels = ImageDecoder.DefaultMaxPixels;

    /// <summary>Reads an image file (JPEG, PNG, BMP, GIF or WebP).</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxPixels">Pixels (height times width) that the image may have.</param>
    /// <returns>The image, of the file's own size. The caller disposes it.</returns>
    /// <exception cref="InvalidDataException">The file is missing, not a regular file, not an image, too large, cut short or damaged.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxPixels"/> is less than 1.</exception>
    public static MLImage Read(string path, long maxPixels = DefaultMaxPixels)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPixels, 1);
        return WithReason($"The image '{path}'", () => ImageDecoder.Decode(path, maxPixels, DatasetInternals.ImageOf));
    }

    /// <summary>Reads the content of an image file (JPEG, PNG, BMP, GIF or WebP).</summary>
    /// <param name="content">The content.</param>
    /// <param name="maxPixels">Pixels (height times width) that the image may have; for uploads less than the default is wise.</param>
    /// <returns>The image, of its own size. The caller disposes it.</returns>
    /// <exception cref="InvalidDataException">The content is not an image, too large, cut short or damaged.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxPixels"/> is less than 1.</exception>
    public static MLImage Read(byte[] content, long maxPixels = DefaultMaxPixels)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPixels, 1);
        return WithReason("The image", () => ImageDecoder.Decode(content, content.Length, maxPixels, DatasetInternals.ImageOf));
    }

    /// <summary>Reads an image file (JPEG, PNG, BMP, GIF or WebP) from a stream.</summary>
    /// <param name="stream">Read from where it is to its end, unless it is not an image or too large; it is not closed.</param>
    /// <param name="maxPixels">Pixels (height times width) that the image may have; for uploads less than the default is wise.</param>
    /// <returns>The image, of its own size. The caller disposes it.</returns>
    /// <exception cref="InvalidDataException">The content is not an image, too large, cut short or damaged, or the stream cannot be read.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxPixels"/> is less than 1.</exception>
    public static MLImage Read(Stream stream, long maxPixels = DefaultMaxPixels)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPixels, 1);
        return WithReason("The image", () =>
        {
            var content = ImageStreamContent.Read(stream, maxPixels);
            return ImageDecoder.Decode(content.Bytes, content.Length, maxPixels, DatasetInternals.ImageOf);
        });
    }

    private static MLImage WithReason(string image, Func<MLImage> read)
    {
        try
        {
            return read();
        }
        catch (BadImageException bad)
        {
            throw new InvalidDataException($"{image} cannot be read: {bad.Message}.", bad);
        }
    }
}
