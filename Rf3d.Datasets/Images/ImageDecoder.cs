using System.Globalization;
using SkiaSharp;

namespace Rf3d.Datasets;

/// <summary>
/// Opens image files that may come from anyone. The pixels are those of MLImage.CreateFromFile, turned upright; but the header is read first, and an image that is too large, cut
/// short or damaged is refused with a reason. This file and those that it uses need SkiaSharp and SixLabors.ImageSharp alone: 'rf3d' puts them into the applications that it generates.
/// </summary>
internal static class ImageDecoder
{
    /// <summary>The pixels that an image may have, where nothing else is asked for: 100 megapixels, which take 400 MB.</summary>
    public const long DefaultMaxPixels = 100_000_000;

    private const int BytesOfPixel = 4;

    /// <summary>Decodes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxPixels">Height times width that an image may have.</param>
    /// <param name="use">Takes the pixels (BGRA, premultiplied) and disposes of them. The pixels count as decoded in this process until it returns.</param>
    /// <param name="size">Pixels that both sides must have, if the file has them; null for the file's own size.</param>
    /// <param name="isUpright">Whether the image is turned as the orientation in the file says.</param>
    /// <param name="onTurned">Called where that changes the image.</param>
    /// <exception cref="BadImageException">The file is missing, not a regular file, not an image, too large, or damaged.</exception>
    public static TResult Decode<TResult>(string path, long maxPixels, Func<SKBitmap, TResult> use, int? size = null, bool isUpright = true, Action? onTurned = null)
    {
        using var file = ImageFileContent.Read(path, maxPixels);
        return Decode(file.Bytes, file.Length, maxPixels, use, size, isUpright, onTurned);
    }

    /// <summary>Decodes the content of a file.</summary>
    /// <param name="content">The content.</param>
    /// <param name="length">The number of bytes of it.</param>
    /// <param name="maxPixels">Height times width that an image may have.</param>
    /// <param name="use">Takes the pixels (BGRA, premultiplied) and disposes of them. The pixels count as decoded in this process until it returns.</param>
    /// <param name="size">Pixels that both sides must have, if the content has them; null for its own size.</param>
    /// <param name="isUpright">Whether the image is turned as the orientation in the file says.</param>
    /// <param name="onTurned">Called where that changes the image.</param>
    /// <exception cref="BadImageException">The content is not an image, too large, or damaged.</exception>
    public static TResult Decode<TResult>(byte[] content, int length, long maxPixels, Func<SKBitmap, TResult> use, int? size = null, bool isUpright = true, Action? onTurned = null)
    {
        using var codec = ImageCodec.Open(content, length) ?? throw new BadImageException("the file is cut short within its header");
        MustBeWithin(maxPixels, codec);
        codec.MustBeWhole();
        var (width, height) = codec.Scaled(size);
        if (width <= 0 || height <= 0 || BytesOfPixel * (long)width * height > Array.MaxLength)
            throw new BadImageException($"its size of {width}×{height} pixels is not one that can be decoded");
        var origin = isUpright ? codec.Origin : SKEncodedOrigin.TopLeft;
        var isTurned = origin != SKEncodedOrigin.TopLeft;
        using (PixelBudget.Take((codec.BytesToDecode * (long)codec.Width * codec.Height) + ((isTurned ? 2 : 1) * BytesOfPixel * (long)width * height)))
        {
            var pixels = UprightPixels.Of(codec.Decode(width, height), origin);
            if (isTurned)
                onTurned?.Invoke();
            return use(pixels);
        }
    }

    /// <summary>The bytes that a file may have whose beginning this is: those of its pixels without any compression, and other data that may come with them.</summary>
    /// <param name="content">Holds the beginning of the file.</param>
    /// <param name="length">The number of bytes of it.</param>
    /// <param name="maxPixels">Height times width that an image may have.</param>
    /// <exception cref="BadImageException">It is not an image, or too large.</exception>
    public static long LongestFile(byte[] content, int length, long maxPixels)
    {
        using var codec = ImageCodec.Open(content, length);
        // The size comes late, after a thumbnail or a colour profile, or at the end of the file.
        if (codec is null)
            return BytesOfPixel * Math.Min(maxPixels, Array.MaxLength / BytesOfPixel);
        MustBeWithin(maxPixels, codec);
        return codec.LongestFile;
    }

    private static void MustBeWithin(long maxPixels, ImageCodec codec)
    {
        if ((long)codec.Width * codec.Height > maxPixels)
        {
            throw new BadImageException(string.Create(
                CultureInfo.InvariantCulture, $"it has {codec.Width}×{codec.Height} pixels; images of more than {maxPixels / 1e6:0.##} megapixels are not opened"));
        }
    }
}
