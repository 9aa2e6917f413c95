using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>How far the features of a trained model are from those of DnnFeaturizeImage on the same pixels: of each image the largest difference, as a share of its largest feature.</summary>
/// <param name="Images">Number of images.</param>
/// <param name="Typical">The median of the images.</param>
/// <param name="Largest">The largest of all images.</param>
internal sealed record FeatureAgreement(int Images, double Typical, double Largest)
{
    private const int Side = 224;

    /// <param name="way">With the mean image, or with the mean of each channel.</param>
    /// <param name="photographs">The photographs.</param>
    public static FeatureAgreement Measure(string way, IReadOnlyList<Photograph> photographs)
    {
        var mlContext = new MLContext(1);
        var images = Photograph.Load(mlContext, photographs, photographs);
        var options = PretrainedWays.Options(way, new());
        (options.Seed, options.ValidationSetFraction, options.RandomFlip, options.EmbeddingColumnName, options.Device) = (1, 0, false, "Embedding", "cpu");
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(images);
        var preprocessing = model.Model.Preprocessing;
        var pixels = (preprocessing with { Background = null }).Apply(mlContext.Transforms, images).GetColumn<float[]>(ImagePreprocessing.PixelsColumnName).Select(image => Middle(image, preprocessing.Height));
        var differences = StockFeaturizer.Features(mlContext, pixels).Zip(model.Transform(images).GetColumn<float[]>("Embedding"), Difference).ToArray();
        return new(differences.Length, Spread.Of(differences).Median, differences.Max());
    }

    private static double Difference(float[] expected, float[] actual) => expected.Zip(actual, (one, other) => Math.Abs(one - other)).Max() / expected.Max(Math.Abs);

    private static float[] Middle(float[] image, int size)
    {
        var edge = (size - Side) / 2;
        return [.. Enumerable.Range(0, 3 * Side).SelectMany(row => image.AsSpan((((row / Side * size) + edge + (row % Side)) * size) + edge, Side).ToArray())];
    }
}
