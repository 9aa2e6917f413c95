using Microsoft.ML.Data;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;
using SkiaSharp;

namespace Rf3d.Datasets;

/// <summary>Converts between images of SixLabors.ImageSharp and of ML.NET.</summary>
public static class ImageSharpExtensions
{
    /// <summary>
    /// Copies an image for ML.NET: a column of <see cref="MLImage"/>, or <c>Rf3dSavedModel.Predict</c>. The pixels are copied as they are. SixLabors.ImageSharp does not turn
    /// photographs when it loads them; do that before, with <c>image.Mutate(context => context.AutoOrient())</c>.
    /// </summary>
    /// <param name="image">The image. The caller disposes it. One of another pixel format becomes this by <c>image.CloneAs&lt;Rgb24&gt;()</c>.</param>
    /// <returns>The same pixels as <see cref="MLPixelFormat.Bgra32"/>, opaque. The caller disposes it.</returns>
    public static MLImage ToMLImage(this Image<Rgb24> image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Bgra8888, SKAlphaType.Premul));
        image.ProcessPixelRows(rows =>
        {
            var pixels = bitmap.WritablePixels();
            for (var y = 0; y < rows.Height; y++)
            {
                var row = rows.GetRowSpan(y);
                for (var x = 0; x < row.Length; x++)
                    pixels[(y * row.Length) + x] = 0xFF000000u | ((uint)row[x].R << 16) | ((uint)row[x].G << 8) | row[x].B;
            }
        });
        return DatasetInternals.ImageOf(bitmap);
    }

    /// <summary>Copies an image of ML.NET. Alpha is dropped: transparent pixels are as dark as in ML.NET, which multiplies colours by alpha.</summary>
    /// <param name="image">The image. The caller disposes it.</param>
    /// <returns>The same pixels. The caller disposes it.</returns>
    /// <exception cref="ArgumentException">The pixel format is neither <see cref="MLPixelFormat.Bgra32"/> nor <see cref="MLPixelFormat.Rgba32"/>.</exception>
    public static Image<Rgb24> ToImageSharp(this MLImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var (red, blue) = image.PixelFormat switch
        {
            MLPixelFormat.Bgra32 => (2, 0),
            MLPixelFormat.Rgba32 => (0, 2),
            var other => throw new ArgumentException($"The image has the pixel format {other}; it must be {MLPixelFormat.Bgra32} or {MLPixelFormat.Rgba32}.", nameof(image)),
        };
        var made = new Image<Rgb24>(image.Width, image.Height);
        made.ProcessPixelRows(rows =>
        {
            var pixels = image.Pixels;
            for (var y = 0; y < rows.Height; y++)
            {
                var row = rows.GetRowSpan(y);
                for (var x = 0; x < row.Length; x++)
                {
                    var pixel = pixels.Slice(4 * ((y * row.Length) + x), 4);
                    row[x] = new(pixel[red], pixel[1], pixel[blue]);
                }
            }
        });
        return made;
    }
}
