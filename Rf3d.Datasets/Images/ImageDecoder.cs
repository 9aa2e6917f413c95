using System.Globalization;
using System.Runtime.InteropServices;
using SkiaSharp;

namespace Rf3d.Datasets;

/// <summary>
/// Opens image files that may come from anyone. The pixels are those of MLImage.CreateFromFile, but the header is read first, and an image that is too large, cut
/// short or damaged is refused with a reason. This file and those that it uses need SkiaSharp alone: 'rf3d' puts them into the applications that it generates.
/// </summary>
internal static class ImageDecoder
{
    /// <summary>The pixels that an image may have, where nothing else is asked for: 100 megapixels, which take 400 MB.</summary>
    public const long DefaultMaxPixels = 100_000_000;

    // What a codec may need beside the pixels that come out: all coefficients of a progressive JPEG, all rows of an interlaced PNG.
    private const int BytesOfCodec = 4;
    private const int BytesOfPixel = 4;

    /// <summary>Decodes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxPixels">Height times width that an image may have.</param>
    /// <param name="use">Takes the pixels (BGRA, premultiplied) and disposes of them. The pixels count as decoded in this process until it returns.</param>
    /// <param name="size">Pixels that both sides must have, if the file has them; null for the file's own size.</param>
    /// <exception cref="BadImageException">The file is missing, not a regular file, not an image, too large, or damaged.</exception>
    public static TResult Decode<TResult>(string path, long maxPixels, Func<SKBitmap, TResult> use, int? size = null)
    {
        using var file = ImageFileContent.Read(path, maxPixels);
        return Decode(file.Bytes, file.Length, maxPixels, use, size);
    }

    /// <summary>Decodes the content of a file.</summary>
    /// <param name="content">The content.</param>
    /// <param name="length">The number of bytes of it.</param>
    /// <param name="maxPixels">Height times width that an image may have.</param>
    /// <param name="use">Takes the pixels (BGRA, premultiplied) and disposes of them. The pixels count as decoded in this process until it returns.</param>
    /// <param name="size">Pixels that both sides must have, if the content has them; null for its own size.</param>
    /// <exception cref="BadImageException">The content is not an image, too large, or damaged.</exception>
    public static TResult Decode<TResult>(byte[] content, int length, long maxPixels, Func<SKBitmap, TResult> use, int? size = null) =>
        WithCodec(content, length, (codec, opened) =>
        {
            if (codec is null)
                throw opened == SKCodecResult.IncompleteInput ? new BadImageException("the file is cut short within its header") : NotAnImage();
            MustBeWithin(maxPixels, codec);
            MustBeLongEnough(length, codec);
            var (width, height) = Scaled(codec, size);
            var info = new SKImageInfo(width, height, SKColorType.Bgra8888, SKAlphaType.Premul);
            if (width <= 0 || height <= 0 || info.BytesSize64 > Array.MaxLength)
                throw new BadImageException($"its size of {width}×{height} pixels is not one that can be decoded");
            using (PixelBudget.Take((BytesOfCodec * (long)codec.Info.Width * codec.Info.Height) + (BytesOfPixel * (long)width * height)))
                return use(Pixels(codec, info));
        });

    /// <summary>The bytes that a file may have whose beginning this is: those of its pixels without any compression, and what else may come with them.</summary>
    /// <param name="content">Holds the beginning of the file.</param>
    /// <param name="length">The number of bytes of it.</param>
    /// <param name="maxPixels">Height times width that an image may have.</param>
    /// <exception cref="BadImageException">It is not an image, or too large.</exception>
    public static long LongestFile(byte[] content, int length, long maxPixels) => WithCodec(content, length, (codec, opened) =>
    {
        const int Other = 32_000_000;
        if (codec is not null)
        {
            MustBeWithin(maxPixels, codec);
            return (BytesOfPixel * (long)codec.Info.Width * codec.Info.Height) + Other;
        }
        // The size comes late, after a thumbnail or a colour profile.
        return opened == SKCodecResult.IncompleteInput ? BytesOfPixel * Math.Min(maxPixels, Array.MaxLength / BytesOfPixel) : throw NotAnImage();
    });

    private static SKBitmap Pixels(SKCodec codec, SKImageInfo info)
    {
        var bitmap = new SKBitmap();
        if (!bitmap.TryAllocPixels(info))
        {
            bitmap.Dispose();
            throw new BadImageException($"there is no memory for its {info.Width}×{info.Height} pixels");
        }
        var result = codec.GetPixels(info, bitmap.GetPixels());
        if (result == SKCodecResult.Success)
            return bitmap;
        bitmap.Dispose();
        throw result == SKCodecResult.IncompleteInput ? CutShort() : new BadImageException(result switch
        {
            SKCodecResult.ErrorInInput => "its data is damaged",
            _ => $"it could not be decoded ({result})",
        });
    }

    private static TResult WithCodec<TResult>(byte[] content, int length, Func<SKCodec?, SKCodecResult, TResult> use)
    {
        if (length == 0)
            throw new BadImageException("the file is empty");
        // Skia reads more formats than these. Its decoder of raw photographs allocates memory before the number of pixels is known.
        if (!IsKnown(content.AsSpan(0, length)))
            throw NotAnImage();
        // From memory, never from a .NET stream: there an exception would pass through native code, which ends the process.
        var pinned = GCHandle.Alloc(content, GCHandleType.Pinned);
        try
        {
            using var data = SKData.Create(pinned.AddrOfPinnedObject(), length);
            using var codec = SKCodec.Create(new SKMemoryStream(data), out var opened);
            return use(codec, opened);
        }
        finally
        {
            pinned.Free();
        }
    }

    private static bool IsKnown(ReadOnlySpan<byte> content) =>
        content.StartsWith([(byte)0xFF, (byte)0xD8, (byte)0xFF]) || content.StartsWith([(byte)0x89, .. "PNG"u8]) || content.StartsWith("BM"u8) || content.StartsWith("GIF8"u8)
        || (content.Length > 12 && content.StartsWith("RIFF"u8) && content[8..].StartsWith("WEBP"u8));

    private static void MustBeWithin(long maxPixels, SKCodec codec)
    {
        var size = codec.Info.Size;
        if ((long)size.Width * size.Height > maxPixels)
        {
            throw new BadImageException(string.Create(
                CultureInfo.InvariantCulture, $"it has {size.Width}×{size.Height} pixels; images of more than {maxPixels / 1e6:0.##} megapixels are not opened"));
        }
    }

    /// <summary>A JPEG takes at least one bit for each block of 64 pixels. Its decoder would make up the rest, and say nothing, where the end of the image is marked too early.</summary>
    private static void MustBeLongEnough(int length, SKCodec codec)
    {
        if (codec.EncodedFormat == SKEncodedImageFormat.Jpeg && 8L * length < (long)codec.Info.Width * codec.Info.Height / 64)
            throw CutShort();
    }

    private static BadImageException CutShort() => new("the file ends before the image does: it is cut short");

    private static BadImageException NotAnImage() => new("its content is not an image in a format that can be decoded (JPEG, PNG, BMP, GIF or WebP)");

    /// <summary>The smallest eighth of the size of a JPEG that has as many pixels on both sides.</summary>
    private static (int Width, int Height) Scaled(SKCodec codec, int? size)
    {
        var full = codec.Info.Size;
        if (size is not { } least || codec.EncodedFormat != SKEncodedImageFormat.Jpeg)
            return (full.Width, full.Height);
        for (var eighths = 1; eighths < 8; eighths++)
        {
            var scaled = codec.GetScaledDimensions(eighths / 8f);
            if (scaled.Width >= least && scaled.Height >= least)
                return (scaled.Width, scaled.Height);
        }
        return (full.Width, full.Height);
    }
}
