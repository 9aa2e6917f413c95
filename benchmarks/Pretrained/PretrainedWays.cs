using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Rf3d.MLNet;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.Benchmarks;

/// <summary>Size and crop of the images for our pretrained networks.</summary>
/// <param name="Size">Height and width in pixels; null to have them worked out.</param>
/// <param name="CropFraction">Share of the resized image; null for the share that the weights expect.</param>
internal sealed record PretrainedView(int? Size = null, double? CropFraction = null);

/// <summary>The ways to train that are compared, by name. All but ML.NET's own train on all images that they get, and hold none out for validation.</summary>
internal static class PretrainedWays
{
    public const string Stock = "stock ML.NET";
    public const string Probe = "Probe";
    public const string ProbeFlip = "Probe, TestTimeFlip";
    public const string Auto = "Auto";
    public const string FineTune = "FineTune";
    public const string FromNothing = "from nothing";
    public const string FromNothing32 = "from nothing, 32 pixels";
    public const string ChannelMeans = "Probe, mean of each channel";
    public const string Whole224 = "Probe, 224 pixels, no crop";
    public const string Whole256 = "Probe, 256 pixels, no crop";

    private const string Weights = "resnet18.mlnet_in1k";

    // As the guide to few images advises.
    private const int SideFromNothing = 128;

    /// <param name="way">A name of this class.</param>
    /// <param name="view">Size and crop of the images for pretrained networks.</param>
    /// <exception cref="ArgumentException">There is no such way.</exception>
    public static TrainerOptions Options(string way, PretrainedView view)
    {
        // Named: few small images would start from random weights by themselves.
        var options = way is FromNothing or FromNothing32 ? TrainerOptions.FromPreset(TrainingPreset.FewImages) : new() { Pretrained = Weights };
        (options.ImageHeight, options.ImageWidth, options.CropFraction) = (view.Size, view.Size, view.CropFraction);
        switch (way)
        {
            case Probe:
                options.Adaptation = Adaptation.Probe;
                break;
            case ProbeFlip:
                (options.Adaptation, options.TestTimeFlip) = (Adaptation.Probe, true);
                break;
            case Auto:
                break;
            case FineTune:
                options.Adaptation = Adaptation.FineTune;
                break;
            case FromNothing or FromNothing32:
                var given = way is FromNothing32 ? 32 : SideFromNothing;
                (options.Pretrained, options.ImageHeight, options.ImageWidth, options.CropFraction) = ("none", given, given, null);
                break;
            case ChannelMeans:
                options.Adaptation = Adaptation.Probe;
                (options.ChannelMean, options.ChannelStandardDeviation) = ([0.4829, 0.4545, 0.4042], [1 / 255.0, 1 / 255.0, 1 / 255.0]);
                break;
            case Whole224 or Whole256:
                var side = way is Whole224 ? 224 : 256;
                (options.Adaptation, options.CropFraction, options.ImageHeight, options.ImageWidth) = (Adaptation.Probe, 1, side, side);
                break;
            default:
                throw new ArgumentException($"There is no way '{way}'.", nameof(way));
        }
        return options;
    }

    /// <summary>Trains, and judges by the test images.</summary>
    /// <param name="data">Name of the images, for the log.</param>
    /// <param name="way">A name of this class.</param>
    /// <param name="train">Images to learn from.</param>
    /// <param name="test">Images to judge by.</param>
    /// <param name="ofClass">Training images of a class, for the log.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="view">Size and crop of the images for pretrained networks.</param>
    public static PretrainedRun Run(string data, string way, IReadOnlyList<Photograph> train, IReadOnlyList<Photograph> test, int ofClass, int seed, PretrainedView view)
    {
        if (way == Stock)
            return StockFeaturizer.Run(data, train, test, ofClass, seed);
        var options = Options(way, view);
        (options.Seed, options.ValidationSetFraction, options.Device) = (seed, 0, "cpu");
        var clock = Stopwatch.StartNew();
        var mlContext = new MLContext(seed);
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(Photograph.Load(mlContext, train, train));
        var seconds = clock.Elapsed.TotalSeconds;
        var (hits, losses) = PretrainedRun.Judge(model.Transform(Photograph.Load(mlContext, train, test)));
        return new(data, way, ofClass, seed, seconds, hits, losses, Note(model));
    }

    private static string Note(Rf3dImageClassificationTransformer model)
    {
        var input = model.Plan.Optimized.Input;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{input.Height}x{input.Width} of {model.ImageHeight}x{model.ImageWidth}{(model.History.Pretrained is { } origin ? $", {origin.Adaptation}, strength {origin.Strength:0.####}, {origin.CrossValidatedAccuracy:P1} and {origin.CrossValidatedLogLoss:0.000} in cross-validation" : "")}");
    }
}
