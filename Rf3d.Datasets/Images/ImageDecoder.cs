using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
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

    // Enough for the header of most files. A file that is not an image, or too large a one, is not read further.
    private const int HeaderLength = 1 << 20;

    // A file is read in one piece into memory that is used again: a new array for each image would go to the large object heap.
    private static readonly ArrayPool<byte> Buffers = ArrayPool<byte>.Shared;

    /// <summary>Decodes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxPixels">Height times width that an image may have.</param>
    /// <param name="use">Takes the pixels (BGRA, premultiplied) and disposes of them. The pixels count as decoded in this process until it returns.</param>
    /// <param name="size">Pixels that both sides must have, if the file has them; null for the file's own size.</param>
    /// <exception cref="BadImageException">The file is missing, not a regular file, not an image, too large, or damaged.</exception>
    public static TResult Decode<TResult>(string path, long maxPixels, Func<SKBitmap, TResult> use, int? size = null)
    {
        var (buffer, length) = Read(path, maxPixels);
        try
        {
            return Decode(buffer, length, maxPixels, use, size);
        }
        finally
        {
            Buffers.Return(buffer);
        }
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
            using (PixelBudget.Take((long)width * height))
                return use(Pixels(codec, info));
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

    /// <returns>A buffer of the pool, which goes back there, and how much of it is the file.</returns>
    private static (byte[] Buffer, int Length) Read(string path, long maxPixels)
    {
        try
        {
            MustHaveLength(path);
            using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
            return Read(file, RandomAccess.GetLength(file), maxPixels);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BadImageException("there is no such file; it may have been deleted or moved", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new BadImageException($"the file could not be opened ({error.Message})", error);
        }
    }

    /// <summary>Pipes and devices have a length of 0. To open one could wait for ever.</summary>
    private static void MustHaveLength(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not null)
            file = (FileInfo?)file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
        if (file is { Exists: true, Length: 0 })
            throw new BadImageException("the file is empty, or not a regular file");
    }

    private static (byte[] Buffer, int Length) Read(SafeFileHandle file, long length, long maxPixels)
    {
        var header = (int)Math.Min(length, HeaderLength);
        var buffer = Buffers.Rent(Math.Max(1, header));
        try
        {
            var read = Fill(file, buffer, 0, header);
            if (read < length)
            {
                WithCodec(buffer, read, (codec, opened) =>
                {
                    if (codec is not null)
                        MustBeWithin(maxPixels, codec);
                    return codec is not null || opened == SKCodecResult.IncompleteInput ? true : throw NotAnImage();
                });
                // Four bytes a pixel are an image without any compression.
                if (length > Math.Min((4 * maxPixels) + HeaderLength, Array.MaxLength))
                    throw new BadImageException(string.Create(CultureInfo.InvariantCulture, $"the file is too large ({length} bytes) for an image of at most {maxPixels / 1e6:0.##} megapixels"));
                var whole = Buffers.Rent((int)length);
                buffer.AsSpan(0, read).CopyTo(whole);
                Buffers.Return(buffer);
                buffer = whole;
                read = Fill(file, buffer, read, (int)length);
            }
            return (buffer, read);
        }
        catch
        {
            Buffers.Return(buffer);
            throw;
        }
    }

    private static int Fill(SafeFileHandle file, byte[] buffer, int start, int end)
    {
        while (start < end && RandomAccess.Read(file, buffer.AsSpan(start, end - start), start) is > 0 and var more)
            start += more;
        return start;
    }
}
