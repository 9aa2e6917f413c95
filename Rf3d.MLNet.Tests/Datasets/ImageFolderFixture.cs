using SkiaSharp;

namespace Rf3d.MLNet.Tests.Datasets;

/// <summary>Writes image files of one colour, with noise so that compressed files have a length to cut.</summary>
internal static class ImageFolderFixture
{
    public static string Image(string path, byte red = 100, int width = 24, int height = 16)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Bgra8888, SKAlphaType.Premul));
        var random = new Random(red);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
                bitmap.SetPixel(x, y, new SKColor(red, (byte)random.Next(256), (byte)random.Next(256)));
        }
        var format = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".png" => SKEncodedImageFormat.Png,
            ".webp" => SKEncodedImageFormat.Webp,
            _ => SKEncodedImageFormat.Jpeg,
        };
        using var file = File.Create(path);
        bitmap.Encode(format, 100).SaveTo(file);
        return path;
    }

    /// <summary>A 1×1 GIF, which Skia reads but does not write.</summary>
    public static void Gif(string path) => File.WriteAllBytes(
        path, Convert.FromBase64String("R0lGODdhAQABAIAAAP8AAAAAACwAAAAAAQABAAACAkQBADs="));

    /// <summary>A 1×1 BMP of 24 bits.</summary>
    public static void Bmp(string path) => File.WriteAllBytes(
        path, Convert.FromBase64String("Qk06AAAAAAAAADYAAAAoAAAAAQAAAAEAAAABABgAAAAAAAQAAAATCwAAEwsAAAAAAAAAAAAAAAD/AA=="));

    public static void CutInHalf(string path)
    {
        using var file = File.OpenWrite(path);
        file.SetLength(file.Length / 2);
    }
}
