using SkiaSharp;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>Files of drawings on a transparent ground, as icons and logos come.</summary>
internal static class TransparentIcons
{
    /// <summary>One folder a class: black bars, upright or lying, whose ends and sides are half transparent. Every pixel of them is black, whatever its alpha.</summary>
    public static string WriteBars(TempFolder folder, string name, int count, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var lies = i % 2 == 0;
            var (length, place) = (9 + (4 * random.NextSingle()), 4 + (10 * random.NextSingle()));
            var (along, across) = (new SKPoint(2, place), new SKPoint(2 + length, place + 3.5f));
            var bar = lies ? new SKRect(along.X, along.Y, across.X, across.Y) : new SKRect(along.Y, along.X, across.Y, across.X);
            Write(folder.New(name, lies ? "lying" : "upright", $"{i:000}.png"), 20, 20, (canvas, paint) => canvas.DrawRect(bar, paint));
        }
        return folder[name];
    }

    /// <summary>Overlapping circles of any colour and opacity, some in the size of the network and some in others.</summary>
    public static string[] WriteCircles(TempFolder folder, int count, int size)
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var path = folder.New("circles", $"{i:000}.png");
            var (height, width) = i % 2 == 0 ? (size, size) : (size + i, size + (2 * i));
            Write(path, height, width, (canvas, paint) =>
            {
                for (var circle = 0; circle < 6; circle++)
                {
                    paint.Color = new SKColor((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256));
                    canvas.DrawCircle(random.Next(width), random.Next(height), 2 + (size * random.NextSingle() / 3), paint);
                }
            });
            return path;
        })];
    }

    private static void Write(string path, int height, int width, Action<SKCanvas, SKPaint> draw)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Premul));
        bitmap.Erase(SKColors.Transparent);
        using (var canvas = new SKCanvas(bitmap))
        using (var paint = new SKPaint { IsAntialias = true, Color = SKColors.Black })
            draw(canvas, paint);
        using var encoded = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        using var file = File.Create(path);
        encoded.SaveTo(file);
    }
}
