using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests;

/// <summary>Image files that the tests make themselves: patches of noise around a colour.</summary>
internal static class Images
{
    public static string Write(string path, SKColor colour, int width = 16, int height = 16, int seed = 1)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Bgra8888, SKAlphaType.Premul));
        var random = new Random(seed);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
                bitmap.SetPixel(x, y, new SKColor(Near(colour.Red), Near(colour.Green), Near(colour.Blue)));
        }
        using var file = File.Create(path);
        bitmap.Encode(path.EndsWith(".jpg", StringComparison.Ordinal) ? SKEncodedImageFormat.Jpeg : SKEncodedImageFormat.Png, 95).SaveTo(file);
        return path;

        byte Near(byte value) => (byte)Math.Clamp(value + random.Next(-40, 40), 0, 255);
    }

    /// <summary>A folder for each of red, green and blue, which a network learns within seconds.</summary>
    public static string Dataset(string folder, int imagesPerClass = 20, int size = 16, int seed = 1)
    {
        foreach (var (name, colour) in new[] { ("blue", SKColors.Blue), ("green", SKColors.Green), ("red", SKColors.Red) })
        {
            for (var i = 0; i < imagesPerClass; i++)
                Write(Path.Combine(folder, name, $"{i:000}.png"), colour, size, size, (seed * 10_000) + i);
        }
        return folder;
    }

    /// <summary>The files of a part of MNIST: noise, with the labels 0 to 9 in turn.</summary>
    public static string Mnist(string folder, string part, int count)
    {
        Directory.CreateDirectory(folder);
        var pixels = new byte[count * 256];
        new Random(count).NextBytes(pixels);
        File.WriteAllBytes(Path.Combine(folder, $"{part}-images-idx3-ubyte"), [0, 0, 8, 3, 0, 0, 0, (byte)count, 0, 0, 0, 16, 0, 0, 0, 16, .. pixels]);
        File.WriteAllBytes(Path.Combine(folder, $"{part}-labels-idx1-ubyte"), [0, 0, 8, 1, 0, 0, 0, (byte)count, .. Enumerable.Range(0, count).Select(i => (byte)(i % 10))]);
        return folder;
    }

    /// <summary>A file that is named like an image and ends half-way.</summary>
    public static string WriteCut(string path)
    {
        Write(path, SKColors.Gray, 32, 32);
        using var file = File.OpenWrite(path);
        file.SetLength(file.Length / 2);
        return path;
    }
}
