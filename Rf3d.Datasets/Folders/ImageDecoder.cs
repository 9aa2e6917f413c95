using System.Buffers;
using Microsoft.ML.Data;
using Microsoft.Win32.SafeHandles;
using SkiaSharp;

namespace Rf3d.Datasets;

/// <summary>
/// Decodes image files to the same pixels as MLImage.CreateFromFile, but with a reason when one is bad, and without letting
/// a file pass that ends half-way: MLImage fills the rest with grey or nothing, which a model would learn from.
/// </summary>
internal static class ImageDecoder
{
    // A file is read in one piece into memory that is used again: for each image anew it would go to the large object heap.
    private static readonly ArrayPool<byte> Buffers = ArrayPool<byte>.Shared;

    /// <param name="path">The file.</param>
    /// <param name="size">Pixels that both sides must have, if the file has them; null for its own size.</param>
    /// <exception cref="BadImageException">The file is missing, not an image, or damaged.</exception>
    public static MLImage Decode(string path, int? size = null)
    {
        var (buffer, length) = Read(path);
        try
        {
            return length > 0 ? Decode(buffer, length, size) : throw new BadImageException("the file is empty");
        }
        finally
        {
            Buffers.Return(buffer);
        }
    }

    private static MLImage Decode(byte[] bytes, int length, int? size)
    {
        using var stream = new MemoryStream(bytes, 0, length, writable: false);
        using var codec = SKCodec.Create(stream, out var opened)
            ?? throw new BadImageException(opened == SKCodecResult.IncompleteInput
                ? "the file is cut short within its header"
                : "its content is not an image in a format that can be decoded (JPEG, PNG, BMP, GIF or WebP)");

        var (width, height) = Scaled(codec, size);
        var info = new SKImageInfo(width, height, SKColorType.Bgra8888, SKAlphaType.Premul);
        if (info.Width <= 0 || info.Height <= 0 || info.BytesSize64 > Array.MaxLength)
            throw new BadImageException($"its size of {info.Width}×{info.Height} pixels is not one that can be decoded");

        var bitmap = new SKBitmap();
        if (!bitmap.TryAllocPixels(info))
        {
            bitmap.Dispose();
            throw new BadImageException($"there is no memory for its {info.Width}×{info.Height} pixels");
        }
        var result = codec.GetPixels(info, bitmap.GetPixels());
        if (result == SKCodecResult.Success)
            return DatasetInternals.ImageOf(bitmap);
        bitmap.Dispose();
        throw new BadImageException(result switch
        {
            SKCodecResult.IncompleteInput => "the file ends before the image does: it is cut short",
            SKCodecResult.ErrorInInput => "its data is damaged",
            _ => $"it could not be decoded ({result})",
        });
    }

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
    private static (byte[] Buffer, int Length) Read(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
            var length = RandomAccess.GetLength(file);
            return length <= Array.MaxLength ? Read(file, (int)length) : throw new BadImageException($"the file is too large ({length} bytes)");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BadImageException("the file was deleted or moved after the folder was loaded", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadImageException($"the file could not be opened ({error.Message})", error);
        }
    }

    private static (byte[] Buffer, int Length) Read(SafeFileHandle file, int length)
    {
        var buffer = Buffers.Rent(Math.Max(1, length));
        try
        {
            var read = 0;
            while (read < length && RandomAccess.Read(file, buffer.AsSpan(read, length - read), read) is > 0 and var more)
                read += more;
            return (buffer, read);
        }
        catch
        {
            Buffers.Return(buffer);
            throw;
        }
    }
}
