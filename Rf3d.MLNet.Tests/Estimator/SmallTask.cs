using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Planning;
using SkiaSharp;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>A classification task that trains in about a second: drawn images of 16×16 pixels and a network of four convolutions.</summary>
internal static class SmallTask
{
    public static ConvNet Network => new()
    {
        Name = "small",
        Input = new TensorShape(3, 16, 16),
        Classes = 10,
        Stages = [Stage.Repeat(Block.Convolution(16), 2, new MaxPool(2, 2)), Stage.Repeat(Block.DepthwiseSeparable(32, stride: 2), 2)],
    };

    public static IDataView Images(MLContext mlContext, int count = 200, int seed = 1) => mlContext.Data.LoadDrawnShapes(count, seed, size: 16);

    public static Rf3dImageClassificationTrainer.Options Options => new() { Network = Network, Epoch = 2, BatchSize = 20, Device = "cpu" };

    public static Rf3dImageClassificationTrainer Trainer(MLContext mlContext, Action<Rf3dImageClassificationTrainer.Options>? change = null)
    {
        var options = Options;
        change?.Invoke(options);
        return mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options);
    }

    /// <param name="mlContext">The context.</param>
    /// <param name="pretrained">The network to start from: of this size, or another name by <paramref name="change"/>.</param>
    /// <param name="change">Changes the options; null for none.</param>
    public static Rf3dImageClassificationTrainer PretrainedTrainer(MLContext mlContext, string pretrained, Action<Rf3dImageClassificationTrainer.Options>? change = null) => Trainer(mlContext, options =>
    {
        (options.Network, options.Pretrained, options.ImageHeight, options.ImageWidth) = (null, pretrained, 16, 16);
        change?.Invoke(options);
    });

    /// <summary>Images of one colour each, by class, as a user would bring them from memory.</summary>
    public static IDataView FromMemory(MLContext mlContext, params (string Label, byte[] Rgb, int Height, int Width)[] images) =>
        FromPixels(mlContext, [.. images.Select(image => (image.Label, image.Height, image.Width, (Func<int, int, byte[]>)((_, _) => image.Rgb)))]);

    /// <summary>Images of which a function of row and column gives red, green and blue.</summary>
    public static IDataView FromPixels(MLContext mlContext, params (string Label, int Height, int Width, Func<int, int, byte[]> RgbAt)[] images)
    {
        var rows = images.Select(image => new Row { Label = image.Label, Image = Image(image.Height, image.Width, image.RgbAt) }).ToList();
        var definition = SchemaDefinition.Create(typeof(Row));
        var data = mlContext.Data.LoadFromEnumerable(rows, definition);
        return mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    public static MLImage Plain(byte[] rgb, int height, int width) => Image(height, width, (_, _) => rgb);

    private static MLImage Image(int height, int width, Func<int, int, byte[]> rgbAt)
    {
        var pixels = new byte[height * width * 4];
        for (var i = 0; i < height * width; i++)
        {
            var rgb = rgbAt(i / width, i % width);
            (pixels[4 * i], pixels[(4 * i) + 1], pixels[(4 * i) + 2], pixels[(4 * i) + 3]) = (rgb[0], rgb[1], rgb[2], byte.MaxValue);
        }
        return MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
    }

    public static void WritePng(string path, byte[] rgb, int height, int width)
    {
        using var image = Plain(rgb, height, width);
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        Marshal.Copy(image.Pixels.ToArray(), 0, bitmap.GetPixels(), image.Pixels.Length);
        using var encoded = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        using var file = File.Create(path);
        encoded.SaveTo(file);
    }

    internal sealed class Row
    {
        public string Label { get; set; } = "";

        // ML.NET asks for a size and does not use it.
        [Microsoft.ML.Transforms.Image.ImageType(1, 1)]
        public MLImage? Image { get; set; }
    }
}
