using Microsoft.ML.Data;

namespace Rf3d.Datasets;

/// <summary>
/// Opens images for a saved model in your application. The images may come from untrusted sources. Unlike <c>MLImage.CreateFromFile</c> and
/// <c>MLImage.CreateFromStream</c> it turns photographs upright, reads more formats, and reads the header first: it throws for content that is not an image, is too
/// large, cut short or damaged, and the message says which. The pixels are otherwise the same.
/// </summary>
/// <remarks>
/// <para>A camera stores a picture as the sensor records it, and its orientation in the EXIF data. <c>LoadImageFolder</c> and this class turn it upright, as viewers do;
/// ML.NET's <c>LoadImages</c> and <c>MLImage</c> do not. A model that was trained on upright images needs upright images, so that an application that uses ML.NET alone
/// reads them with this class.</para>
/// <para>Formats: JPEG, PNG, BMP, GIF (the first frame), WebP, TIFF (the first page, in strips, of 1 to 16 bits a channel), PBM, PGM, PPM and TGA; HEIC and AVIF after
/// <c>rf3d install-heic</c> has installed their decoder. The format is found by the content, not by the name.</para>
/// <para>The header of a small file can declare gigabytes of pixels, and some files of 58 bytes make <c>MLImage.CreateFromStream</c> end the process, because SkiaSharp
/// 2.88 does not forward an exception of a .NET stream. A process decodes a limited number of images at a time, depending on their size and its memory; further calls
/// wait.</para>
/// </remarks>
public static class ImageReader
{
    /// <summary>Most pixels (height times width) of an image by default: 100,000,000, which take 400 MB.</summary>
    public const long DefaultMaxPixels = ImageDecoder.DefaultMaxPixels;

    /// <summary>Reads an image file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxPixels">Most pixels (height times width) of the image.</param>
    /// <param name="applyOrientation">Whether the image is turned upright by its EXIF orientation.</param>
    /// <returns>The image, of the file's own size. The caller disposes it.</returns>
    /// <exception cref="InvalidDataException">The file is missing, not a regular file, not an image, too large, cut short or damaged.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxPixels"/> is less than 1.</exception>
    public static MLImage Read(string path, long maxPixels = DefaultMaxPixels, bool applyOrientation = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPixels, 1);
        return WithReason($"The image '{path}'", () => ImageDecoder.Decode(path, maxPixels, DatasetInternals.ImageOf, isUpright: applyOrientation));
    }

    /// <summary>Reads the content of an image file.</summary>
    /// <param name="content">The content.</param>
    /// <param name="maxPixels">Most pixels (height times width) of the image. Set a lower limit for uploads.</param>
    /// <param name="applyOrientation">Whether the image is turned upright by its EXIF orientation.</param>
    /// <returns>The image, of its own size. The caller disposes it.</returns>
    /// <exception cref="InvalidDataException">The content is not an image, too large, cut short or damaged.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxPixels"/> is less than 1.</exception>
    public static MLImage Read(byte[] content, long maxPixels = DefaultMaxPixels, bool applyOrientation = true)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPixels, 1);
        return WithReason("The image", () => ImageDecoder.Decode(content, content.Length, maxPixels, DatasetInternals.ImageOf, isUpright: applyOrientation));
    }

    /// <summary>Reads an image file from a stream.</summary>
    /// <param name="stream">Read from its position to its end, unless it is not an image or too large. It is not closed.</param>
    /// <param name="maxPixels">Most pixels (height times width) of the image. Set a lower limit for uploads.</param>
    /// <param name="applyOrientation">Whether the image is turned upright by its EXIF orientation.</param>
    /// <returns>The image, of its own size. The caller disposes it.</returns>
    /// <exception cref="InvalidDataException">The content is not an image, too large, cut short or damaged, or the stream cannot be read.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxPixels"/> is less than 1.</exception>
    public static MLImage Read(Stream stream, long maxPixels = DefaultMaxPixels, bool applyOrientation = true)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPixels, 1);
        return WithReason("The image", () =>
        {
            var content = ImageStreamContent.Read(stream, maxPixels);
            return ImageDecoder.Decode(content.Bytes, content.Length, maxPixels, DatasetInternals.ImageOf, isUpright: applyOrientation);
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
