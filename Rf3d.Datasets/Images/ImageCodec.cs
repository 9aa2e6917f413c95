using SkiaSharp;

namespace Rf3d.Datasets;

/// <summary>An image file in memory, of one format: the values of its header, and its pixels.</summary>
/// <param name="width">Pixels of a row, as stored.</param>
/// <param name="height">Rows, as stored.</param>
internal abstract class ImageCodec(int width, int height) : IDisposable
{
    /// <summary>Bytes that may follow an image in a format that has several in one file, which are not decoded.</summary>
    protected const int BytesOfFurtherImages = 256_000_000;

    private const int BytesOfPixel = 4;

    /// <summary>Pixels of a row, as stored.</summary>
    public int Width { get; } = width;

    /// <summary>Rows, as stored.</summary>
    public int Height { get; } = height;

    /// <summary>The orientation of the stored image, as its camera wrote it into the file.</summary>
    public virtual SKEncodedOrigin Origin => SKEncodedOrigin.TopLeft;

    /// <summary>Bytes that decoding takes for each stored pixel, beside the pixels that come out.</summary>
    public virtual int BytesToDecode => BytesOfPixel;

    /// <summary>The bytes that a file with this header may have: those of its pixels without any compression, and other data that may come with them.</summary>
    public virtual long LongestFile => (BytesOfPixel * (long)Width * Height) + OtherBytes;

    /// <summary>The bytes of a file that may be other data than its pixels.</summary>
    protected virtual int OtherBytes => 32_000_000;

    /// <summary>Reads the header of a content.</summary>
    /// <param name="content">Holds the content, or its beginning. It must not change before the codec is disposed.</param>
    /// <param name="length">The number of bytes of it.</param>
    /// <returns>Null where it ends before the header does.</returns>
    /// <exception cref="BadImageException">It is not an image in a format that can be decoded.</exception>
    public static ImageCodec? Open(byte[] content, int length)
    {
        if (length == 0)
            throw new BadImageException("the file is empty");
        return ImageCodecs.Of(ImageFormats.Of(content.AsSpan(0, length)), content, length);
    }

    /// <summary>Looks for data that is missing at the end, where the decoder would make it up. The content must be whole.</summary>
    /// <exception cref="BadImageException">The content is cut short.</exception>
    public virtual void MustBeWhole()
    {
    }

    /// <summary>The smallest size at which the content can be decoded that has as many pixels on both sides.</summary>
    /// <param name="least">Pixels; null for all.</param>
    public virtual (int Width, int Height) Scaled(int? least) => (Width, Height);

    /// <summary>Decodes the content.</summary>
    /// <param name="width">The width that <see cref="Scaled"/> gave.</param>
    /// <param name="height">The height that <see cref="Scaled"/> gave.</param>
    /// <returns>BGRA, premultiplied.</returns>
    /// <exception cref="BadImageException">The content is cut short or damaged.</exception>
    public abstract SKBitmap Decode(int width, int height);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>A bitmap whose pixels <paramref name="fill"/> writes; it is disposed where that fails.</summary>
    protected static SKBitmap NewBitmap(int width, int height, Action<SKBitmap> fill)
    {
        var bitmap = new SKBitmap();
        try
        {
            if (!bitmap.TryAllocPixels(new SKImageInfo(width, height, SKColorType.Bgra8888, SKAlphaType.Premul)))
                throw new BadImageException($"there is no memory for its {width}×{height} pixels") { FileMayBeGood = true };
            fill(bitmap);
            return bitmap;
        }
        catch
        {
            bitmap.Dispose();
            throw;
        }
    }

    /// <summary>The error for a content that no codec reads.</summary>
    internal static BadImageException NotAnImage() => new($"its content is not an image in a format that can be decoded ({ImageCodecs.Names})");

    protected static BadImageException CutShort() => new("the file ends before the image does: it is cut short");

    protected static BadImageException Damaged(Exception? cause = null) => new("its data is damaged", cause);
}
