using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.PixelFormats;
using SkiaSharp;

namespace Rf3d.Datasets;

/// <summary>Decodes by SixLabors.ImageSharp the images that Skia does not read. Headers are checked before: its decoders make up pixels that are missing at the end of a file.</summary>
internal static class ImageSharpPixels
{
    // Bytes that the decoder may take for each pixel: samples of 8 bytes, and the pixels that come out.
    private const int BytesOfPixel = 16;
    private const int OtherMegabytes = 16;

    /// <param name="decoder">The decoder of the format.</param>
    /// <param name="content">Holds the content.</param>
    /// <param name="length">The number of bytes of it.</param>
    /// <param name="target">Receives the pixels, premultiplied.</param>
    /// <exception cref="BadImageException">The content is damaged, or of a kind that is not supported.</exception>
    public static void Decode(IImageDecoder decoder, byte[] content, int length, SKBitmap target)
    {
        // A figure in the file that asks for more memory than its pixels take ends in an error.
        var megabytes = OtherMegabytes + (int)(BytesOfPixel * (long)target.Width * target.Height / 1_000_000);
        var configuration = new Configuration
        {
            MemoryAllocator = MemoryAllocator.Create(new MemoryAllocatorOptions { MaximumPoolSizeMegabytes = 0, AllocationLimitMegabytes = megabytes }),
            MaxDegreeOfParallelism = 1,
        };
        try
        {
            using var stream = new MemoryStream(content, 0, length, writable: false);
            using var image = decoder.Decode<Bgra32>(configuration, stream, CancellationToken.None);
            if (image.Width != target.Width || image.Height != target.Height)
                throw new BadImageException($"its data has {image.Width}×{image.Height} pixels, and its header {target.Width}×{target.Height}");
            image.CopyPixelDataTo(target.WritableBytes());
            target.Premultiply();
        }
        catch (NotSupportedException error)
        {
            throw new BadImageException($"it is of a kind that is not read: {error.Message.TrimEnd('.', '!')}", error);
        }
        // Allocations by a figure in the file end in another error, at the limit.
        catch (OutOfMemoryException error)
        {
            throw new BadImageException("there is no memory to decode it", error) { FileMayBeGood = true };
        }
        // Whatever a damaged file makes it throw.
        catch (Exception error) when (error is not BadImageException)
        {
            throw new BadImageException("its data is damaged", error);
        }
    }
}
