using Microsoft.ML.Data;
using SkiaSharp;

namespace Rf3d.ModelBuilder;

/// <summary>Makes small pictures for the page, which has them inside.</summary>
internal static class Pictures
{
    private const int JpegQuality = 82;

    /// <summary>Below this, a picture without losses is as small, and single pixels count.</summary>
    private const int SmallSide = 64;

    /// <param name="image">The image; it stays as it is.</param>
    /// <param name="longestSide">Larger ones are scaled down to this, in pixels.</param>
    public static Picture Of(MLImage image, int longestSide)
    {
        var scale = Math.Min(1.0, (double)longestSide / Math.Max(image.Width, image.Height));
        var (width, height) = (Math.Max(1, (int)Math.Round(image.Width * scale)), Math.Max(1, (int)Math.Round(image.Height * scale)));
        using var scaled = Scaled(image, width, height);
        var isSmall = Math.Max(width, height) <= SmallSide;
        using var encoded = scaled.Encode(isSmall ? SKEncodedImageFormat.Png : SKEncodedImageFormat.Jpeg, JpegQuality);
        return new($"data:image/{(isSmall ? "png" : "jpeg")};base64,{Convert.ToBase64String(encoded.AsSpan())}", width, height);
    }

    private static SKBitmap Scaled(MLImage image, int width, int height)
    {
        var type = image.PixelFormat == MLPixelFormat.Bgra32 ? SKColorType.Bgra8888 : SKColorType.Rgba8888;
        // What is transparent was opaque to the network, too: it never sees the fourth channel.
        var info = new SKImageInfo(image.Width, image.Height, type, SKAlphaType.Opaque);
        var scaled = new SKBitmap(info.WithSize(width, height));
        using var target = scaled.PeekPixels();
        unsafe
        {
            // Without a copy: the pixels of a large photograph take hundreds of megabytes.
            fixed (byte* pixels = image.Pixels)
            {
                using var source = new SKPixmap(info, (nint)pixels);
                source.ScalePixels(target, SKFilterQuality.High);
            }
        }
        return scaled;
    }
}
