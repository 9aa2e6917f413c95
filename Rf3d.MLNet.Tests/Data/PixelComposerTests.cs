using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms.Image;
using Rf3d.MLNet.Tests.Scoring;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace Rf3d.MLNet.Tests.Data;

/// <summary>The colour behind transparent pixels in training, and in the graph of a saved model.</summary>
[TestClass]
public sealed class PixelComposerTests
{
    private const int Side = 256;

    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    [DataRow("white")]
    [DataRow("black")]
    [DataRow("07d27f")]
    public void Training_and_the_graph_compute_the_same_for_every_colour_and_alpha(string name)
    {
        var background = RgbColor.Parse(name);
        // Alpha by row, the colour by column: also those that are not multiplied by alpha.
        float[] row = [.. Enumerable.Range(0, Side * Side).Select(i => (float)(i / Side))], column = [.. Enumerable.Range(0, Side * Side).Select(i => (float)(i % Side))];
        float[] planes = [.. row, .. column, .. column, .. column];

        var composed = new PixelComposer(Preprocessing(Side, Side, background)).Planes(planes);

        CollectionAssert.AreEqual(RunGraph(background, planes), composed);
        for (var i = 0; i < Side * Side; i++)
        {
            Assert.AreEqual(Math.Min(row[i], column[i]) + Math.Round(background.Red * (255 - row[i]) / 255.0), composed[i]);
            Assert.AreEqual(Math.Min(row[i], column[i]) + Math.Round(background.Blue * (255 - row[i]) / 255.0), composed[(2 * Side * Side) + i]);
        }
    }

    [TestMethod]
    public void Opaque_images_stay_as_they_are()
    {
        var random = new Random(1);
        float[] colours = [.. Enumerable.Range(0, 3 * Side * Side).Select(_ => (float)random.Next(256))];
        float[] planes = [.. Enumerable.Repeat(255f, Side * Side), .. colours];
        foreach (var background in new[] { RgbColor.White, new RgbColor(1, 2, 3) })
        {
            CollectionAssert.AreEqual(colours, RunGraph(background, planes));
            CollectionAssert.AreEqual(colours, new PixelComposer(Preprocessing(Side, Side, background)).Planes(planes));
        }
    }

    [TestMethod]
    public void Images_are_extracted_as_alpha_red_green_and_blue()
    {
        var image = MLImage.CreateFromPixels(2, 1, MLPixelFormat.Bgra32, [30, 20, 10, 40, 70, 60, 50, 80]);
        CollectionAssert.AreEqual(new float[] { 40, 80, 10, 50, 20, 60, 30, 70 }, Planes(image, Preprocessing(1, 2, RgbColor.White)));
    }

    [TestMethod]
    public void The_padding_of_IsoPad_has_the_background_colour_and_counts_as_opaque()
    {
        var preprocessing = Preprocessing(8, 8, new RgbColor(10, 20, 30), ResizingKind.IsoPad);
        var (pixels, transparency) = Compose(ScoringFixture.Image(200, 100, 50, 20, 10), preprocessing);
        CollectionAssert.AreEqual(new byte[] { 10, 20, 30 }, pixels[..3]);
        CollectionAssert.AreEqual(new byte[] { 200, 100, 50 }, pixels[12..15]);
        Assert.AreEqual(Transparency.None, transparency);
    }

    [TestMethod]
    // ML.NET leaves a column of this size empty, which is a matter of its rounding.
    [DataRow(477, 640, 32)]
    [DataRow(480, 640, 32)]
    public void Pixels_that_resizing_leaves_free_do_not_make_an_image_transparent(int width, int height, int side) =>
        Assert.AreEqual(Transparency.None, Compose(ScoringFixture.Image(200, 100, 50, height, width), Preprocessing(side, side, RgbColor.White)).Transparency);

    [TestMethod]
    [DataRow(ResizingKind.Fill)]
    [DataRow(ResizingKind.IsoCrop)]
    [DataRow(ResizingKind.IsoPad)]
    public void Partly_transparent_images_are_distinguished_from_wholly_transparent_ones(ResizingKind resizing)
    {
        var preprocessing = Preprocessing(6, 6, RgbColor.White, resizing);
        Assert.AreEqual(Transparency.None, Compose(Image(_ => 255), preprocessing).Transparency);
        Assert.AreEqual(Transparency.Partial, Compose(Image(i => i == 14 ? 254 : 255), preprocessing).Transparency);
        Assert.AreEqual(Transparency.Partial, Compose(Image(i => i is 14 or 21 ? 255 : 0), preprocessing).Transparency);
        Assert.AreEqual(Transparency.Whole, Compose(Image(_ => 0), preprocessing).Transparency);

        static MLImage Image(Func<int, int> alpha) =>
            MLImage.CreateFromPixels(6, 6, MLPixelFormat.Rgba32, [.. Enumerable.Range(0, 36).SelectMany(i => new byte[] { 0, 0, 0, (byte)alpha(i) })]);
    }

    [TestMethod]
    public void Without_a_background_alpha_changes_nothing()
    {
        var (pixels, transparency) = Compose(MLImage.CreateFromPixels(1, 1, MLPixelFormat.Rgba32, [9, 8, 7, 0]), Preprocessing(1, 1, null));
        CollectionAssert.AreEqual(new byte[] { 9, 8, 7 }, pixels);
        Assert.AreEqual(Transparency.None, transparency);
    }

    private static ImagePreprocessing Preprocessing(int height, int width, RgbColor? background, ResizingKind resizing = ResizingKind.IsoCrop) =>
        new() { ImageColumnName = "Image", Height = height, Width = width, Background = background, Resizing = resizing };

    private float[] Planes(MLImage image, ImagePreprocessing preprocessing)
    {
        var data = _ml.Data.LoadFromEnumerable(new[] { new ScoringFixture.UnlabeledPhoto { Image = image } });
        return preprocessing.Apply(_ml.Transforms, data).GetColumn<float[]>(ImagePreprocessing.PixelsColumnName).Single();
    }

    private (byte[] Pixels, Transparency Transparency) Compose(MLImage image, ImagePreprocessing preprocessing)
    {
        var pixels = new byte[3 * preprocessing.Height * preprocessing.Width];
        return (pixels, new PixelComposer(preprocessing).Compose(Planes(image, preprocessing), pixels));
    }

    private static float[] RunGraph(RgbColor background, float[] planes)
    {
        var graph = new OnnxGraphBuilder("composite");
        var steps = InputSteps.None.Then(new CompositeStep(background.Values));
        var shape = steps.InputOf(new(3, Side, Side));
        Assert.AreEqual(4, shape.Channels);
        graph.AddOutput(steps.Write(graph, graph.AddInput("pixels", 1, shape.Channels, shape.Height, shape.Width)), 1, 3, Side, Side);
        using var session = new InferenceSession(graph.Build());
        using var input = OrtValue.CreateTensorValueFromMemory(planes, [1, 4, Side, Side]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["pixels"], [input], session.OutputNames);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
