using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;

namespace Rf3d.MLNet.Tests.Scoring;

/// <summary>A network small enough to check by hand: the features are the mean of red, green and blue.</summary>
internal static class ScoringFixture
{
    public const int Height = 4;
    public const int Width = 6;

    // Not symmetric, so that rows and columns of the head cannot be mixed up unseen.
    public static readonly float[,] Weights = { { 0.02f, -0.01f, 0.003f }, { -0.01f, 0.03f, 0.002f }, { 0.001f, -0.004f, 0.05f } };
    public static readonly float[] Biases = [0.5f, -0.25f, 0.125f];

    public sealed class Photo
    {
        public string Label { get; set; } = "";

        [ImageType(Height, Width)]
        public MLImage? Image { get; set; }
    }

    public sealed class UnlabeledPhoto
    {
        [ImageType(Height, Width)]
        public MLImage? Image { get; set; }
    }

    public sealed class Prediction
    {
        public float[] Score { get; set; } = [];

        public string PredictedLabel { get; set; } = "";
    }

    public static IHostEnvironment EnvironmentOf(MLContext ml) => MLNetInternals.GetEnvironment(ml.MulticlassClassification.Trainers);

    public static MLImage Image(byte red, byte green, byte blue, int height = Height, int width = Width)
    {
        var pixels = new byte[height * width * 4];
        for (var i = 0; i < pixels.Length; i += 4)
            (pixels[i], pixels[i + 1], pixels[i + 2], pixels[i + 3]) = (red, green, blue, 255);
        return MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
    }

    /// <summary>Two photos a class; the first of each class has the network's size, the other one must be resized.</summary>
    public static Photo[] Photos() =>
    [
        new() { Label = "red", Image = Image(200, 10, 30) },
        new() { Label = "green", Image = Image(20, 180, 40) },
        new() { Label = "blue", Image = Image(5, 15, 250) },
        new() { Label = "red", Image = Image(255, 0, 0, 9, 8) },
        new() { Label = "green", Image = Image(0, 255, 0, 3, 20) },
        new() { Label = "blue", Image = Image(0, 0, 255, 16, 16) },
    ];

    public static byte[] Backbone(int height = Height, int width = Width)
    {
        var graph = new OnnxGraphBuilder("means");
        graph.AddInput(ImagePreprocessing.PixelsColumnName, 1, 3, height, width);
        graph.AddNode("GlobalAveragePool", [ImagePreprocessing.PixelsColumnName], ["means"]);
        graph.AddInitializer("shape", [1], [-1L]);
        graph.AddNode("Reshape", ["means", "shape"], [ScoringChain.FeaturesColumnName]);
        graph.AddOutput(ScoringChain.FeaturesColumnName, 3);
        return graph.Build();
    }

    public static IDataView LabeledData(MLContext ml, IEnumerable<Photo>? photos = null)
    {
        var data = ml.Data.LoadFromEnumerable(photos ?? Photos());
        return ml.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    public static ScoringChainSettings Settings(IDataView trainingData) => new()
    {
        Preprocessing = new ImagePreprocessing
        {
            ImageColumnName = "Image",
            Height = Height,
            Width = Width,
            Resizing = ImageResizingEstimator.ResizingKind.Fill,
        },
        TrainingData = trainingData,
        LabelColumnName = "Label",
        Backbone = Backbone(),
        HeadWeights = Weights,
        HeadBiases = Biases,
    };

    public static float[] ExpectedScore(float red, float green, float blue)
    {
        var logits = Enumerable.Range(0, 3).Select(c => (Weights[c, 0] * red) + (Weights[c, 1] * green) + (Weights[c, 2] * blue) + Biases[c]);
        var exponentials = logits.Select(z => Math.Exp(z)).ToArray();
        return [.. exponentials.Select(e => (float)(e / exponentials.Sum()))];
    }

    public static void AssertClose(float[] expected, float[] actual, double tolerance = 1e-5)
    {
        Assert.HasCount(expected.Length, actual);
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], tolerance, $"Element {i}");
    }

    /// <summary>Saves the model and loads it in another context.</summary>
    public static ITransformer SaveAndLoad(MLContext ml, ITransformer model, DataViewSchema? schema, MLContext? into = null)
    {
        using var stream = new MemoryStream();
        ml.Model.Save(model, schema, stream);
        stream.Position = 0;
        return (into ?? new MLContext()).Model.Load(stream, out _);
    }

    public static string[] TextAnnotation(DataViewSchema.Column column, string kind)
    {
        VBuffer<ReadOnlyMemory<char>> values = default;
        column.Annotations.GetValue(kind, ref values);
        return [.. values.DenseValues().Select(v => v.ToString())];
    }
}
