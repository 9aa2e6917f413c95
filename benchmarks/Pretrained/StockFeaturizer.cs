using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Transforms.Onnx;

namespace Rf3d.Benchmarks;

/// <summary>
/// The way that ML.NET itself offers: the features of DnnFeaturizeImage with the package's ResNet18, and LbfgsMaximumEntropy on them, whose penalties five-fold cross-validation on the training
/// images chooses.
/// </summary>
internal static class StockFeaturizer
{
    private const int Side = 224;
    private const int Folds = 5;

    private static readonly float[] Ridges = [0.01f, 0.1f, 1, 3, 10, 30, 100];
    private static readonly float[] Lassos = [0, 1];

    /// <param name="data">Name of the images, for the log.</param>
    /// <param name="train">Images to learn from.</param>
    /// <param name="test">Images to judge by.</param>
    /// <param name="ofClass">Training images of a class, for the log.</param>
    /// <param name="seed">Of the folds.</param>
    public static PretrainedRun Run(string data, IReadOnlyList<Photograph> train, IReadOnlyList<Photograph> test, int ofClass, int seed)
    {
        var clock = Stopwatch.StartNew();
        var mlContext = new MLContext(seed);
        var images = Photograph.Load(mlContext, train, train);
        var featurizer = mlContext.Transforms.ResizeImages("Resized", Side, Side, "Image").Append(mlContext.Transforms.ExtractPixels("Pixels", "Resized"))
            .Append(Featurize(mlContext)).Append(mlContext.Transforms.SelectColumns("Features", "Label")).Fit(images);
        var features = mlContext.Data.Cache(featurizer.Transform(images), "Features", "Label");
        // Fills the cache, so that the time after it is that of the choice of the penalties alone.
        _ = features.GetColumn<float[]>("Features").Count();
        var before = clock.Elapsed;
        var (ridge, lasso) = Choose(mlContext, features);
        var search = clock.Elapsed - before;
        var classifier = Trainer(mlContext, ridge, lasso).Fit(features);
        var seconds = clock.Elapsed.TotalSeconds;
        var (hits, losses) = PretrainedRun.Judge(classifier.Transform(featurizer.Transform(Photograph.Load(mlContext, train, test))));
        return new(
            data, PretrainedWays.Stock, ofClass, seed, seconds, hits, losses,
            string.Create(CultureInfo.InvariantCulture, $"L2 {ridge:0.##}, L1 {lasso:0.##}; cross-validation took {search.TotalSeconds:0.0} s"));
    }

    /// <summary>Features of pixels [3 × 224 × 224], red first, 0 to 255.</summary>
    public static IReadOnlyList<float[]> Features(MLContext mlContext, IEnumerable<float[]> pixels)
    {
        var data = mlContext.Data.LoadFromEnumerable(pixels.Select(image => new PixelRow { Pixels = image }));
        return [.. Featurize(mlContext).Fit(data).Transform(data).GetColumn<float[]>("Features")];
    }

    private static DnnImageFeaturizerEstimator Featurize(MLContext mlContext) =>
        mlContext.Transforms.DnnFeaturizeImage("Features", model => model.ModelSelector.ResNet18(mlContext, model.OutputColumn, model.InputColumn), "Pixels");

    private static LbfgsMaximumEntropyMulticlassTrainer Trainer(MLContext mlContext, float ridge, float lasso) =>
        mlContext.MulticlassClassification.Trainers.LbfgsMaximumEntropy(l1Regularization: lasso, l2Regularization: ridge);

    private static (float Ridge, float Lasso) Choose(MLContext mlContext, IDataView features) =>
    (
        from ridge in Ridges
        from lasso in Lassos
        let loss = mlContext.MulticlassClassification.CrossValidate(features, Trainer(mlContext, ridge, lasso), Folds).Average(fold => fold.Metrics.LogLoss)
        orderby loss
        select (ridge, lasso)).First();

    private sealed class PixelRow
    {
        [VectorType(3 * Side * Side)]
        public float[] Pixels { get; set; } = [];
    }
}
