using Microsoft.ML.Data;
using Rf3d.MLNet;
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
    /// <param name="background">The colour behind transparent pixels; null to show them as if they were opaque.</param>
    public static Picture Of(MLImage image, int longestSide, RgbColor? background)
    {
        using var scaled = Scaled(image, longestSide, background);
        var isSmall = Math.Max(scaled.Width, scaled.Height) <= SmallSide;
        using var encoded = scaled.Encode(isSmall ? SKEncodedImageFormat.Png : SKEncodedImageFormat.Jpeg, JpegQuality);
        return new($"data:image/{(isSmall ? "png" : "jpeg")};base64,{Convert.ToBase64String(encoded.AsSpan())}", scaled.Width, scaled.Height);
    }

    /// <summary>The same as the content of a PNG file, transparent where the image is.</summary>
    public static byte[] Png(MLImage image, int longestSide)
    {
        using var scaled = Scaled(image, longestSide, null, SKAlphaType.Premul);
        using var encoded = scaled.Encode(SKEncodedImageFormat.Png, JpegQuality);
        return encoded.ToArray();
    }

    private static SKBitmap Scaled(MLImage image, int longestSide, RgbColor? background, SKAlphaType alpha = SKAlphaType.Opaque)
    {
        var scale = Math.Min(1.0, (double)longestSide / Math.Max(image.Width, image.Height));
        var (width, height) = (Math.Max(1, (int)Math.Round(image.Width * scale)), Math.Max(1, (int)Math.Round(image.Height * scale)));
        var type = image.PixelFormat == MLPixelFormat.Bgra32 ? SKColorType.Bgra8888 : SKColorType.Rgba8888;
        var info = new SKImageInfo(image.Width, image.Height, type, background is null ? alpha : SKAlphaType.Premul);
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
        return background is { } color ? Over(color, scaled) : scaled;
    }

    /// <summary>As the model sees transparent pixels.</summary>
    private static SKBitmap Over(RgbColor color, SKBitmap picture)
    {
        using (picture)
        {
            var opaque = new SKBitmap(picture.Info.WithAlphaType(SKAlphaType.Opaque));
            using var canvas = new SKCanvas(opaque);
            canvas.Clear(new SKColor(color.Red, color.Green, color.Blue));
            canvas.DrawBitmap(picture, 0, 0);
            return opaque;
        }
    }
}
