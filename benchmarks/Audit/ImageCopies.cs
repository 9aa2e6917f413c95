using SkiaSharp;

namespace Rf3d.Benchmarks;

/// <summary>Copies of images that are changed as pictures are that come from several sources.</summary>
internal static class ImageCopies
{
    private const float Cut = 0.05f;

    /// <summary>The changes, by name.</summary>
    public static IReadOnlyList<(string Name, Action<string, string> Write)> Changes { get; } =
    [
        ("JPEG of quality 50", (source, target) => Write(source, target, (bitmap, canvas) => canvas.DrawBitmap(bitmap, 0, 0), quality: 50)),
        ("resized to 60 %", (source, target) => Write(source, target, (bitmap, canvas) => canvas.DrawBitmap(bitmap, new SKRect(0, 0, 0.6f * bitmap.Width, 0.6f * bitmap.Height), High), scale: 0.6f)),
        ("mirrored", (source, target) => Write(source, target, (bitmap, canvas) =>
        {
            canvas.Scale(-1, 1, bitmap.Width / 2f, 0);
            canvas.DrawBitmap(bitmap, 0, 0);
        })),
        ("5 % cut off on each side", (source, target) => Write(source, target, (bitmap, canvas) => canvas.DrawBitmap(
            bitmap, new SKRect(Cut * bitmap.Width, Cut * bitmap.Height, (1 - Cut) * bitmap.Width, (1 - Cut) * bitmap.Height), new SKRect(0, 0, bitmap.Width, bitmap.Height), High))),
        ("20 % brighter", (source, target) => Write(source, target, (bitmap, canvas) =>
        {
            using var paint = new SKPaint { ColorFilter = SKColorFilter.CreateColorMatrix(Brighter) };
            canvas.DrawBitmap(bitmap, 0, 0, paint);
        })),
    ];

    private static float[] Brighter => [1.2f, 0, 0, 0, 0, 0, 1.2f, 0, 0, 0, 0, 0, 1.2f, 0, 0, 0, 0, 0, 1, 0];

    private static SKPaint High { get; } = new() { FilterQuality = SKFilterQuality.High };

    private static void Write(string source, string target, Action<SKBitmap, SKCanvas> draw, float scale = 1, int quality = 90)
    {
        using var bitmap = SKBitmap.Decode(source);
        using var changed = new SKBitmap(new SKImageInfo(Math.Max(1, (int)(scale * bitmap.Width)), Math.Max(1, (int)(scale * bitmap.Height))));
        using (var canvas = new SKCanvas(changed))
            draw(bitmap, canvas);
        using var encoded = changed.Encode(SKEncodedImageFormat.Jpeg, quality);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.WriteAllBytes(target, encoded.ToArray());
    }
}
