using System.Collections.Immutable;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Learns the last layer of a network whose other weights stay as they are ("linear probe": Alain and Bengio, "Understanding intermediate layers using linear classifier
/// probes", 2016), by logistic regression with the strength of the penalty that images held out speak for (<see cref="StrengthPath.Choose"/>).
/// </summary>
/// <param name="device">Where to compute.</param>
internal sealed class LinearProbe(Device device)
{
    // The log loss is off by about its square over twice the strength.
    private const double ToleranceOfFolds = 1e-5;
    private const double Tolerance = 1e-7;

    /// <summary>Number of parts that images are held out in; fewer where there are not as many images that can be.</summary>
    public int Folds { get; init; } = 5;

    /// <summary>Whether the model will score by the mean of an image and its mirror image. Then cross-validation does, too.</summary>
    public bool TestTimeFlip { get; init; }

    /// <summary>The number of each image's group of copies, from 0, and -1 for images without a copy: copies are held out together. Null where there are none.</summary>
    public IReadOnlyList<int>? Copies { get; init; }

    /// <summary>Whether the result has the outputs for images that were held out.</summary>
    public bool KeepsHeldOut { get; init; }

    /// <param name="images">The features of the images.</param>
    /// <param name="classes">Number of classes. One without an image is hardly ever predicted.</param>
    /// <param name="classWeights">How much an image of each class counts; null where all count the same. Above 0 for classes with images.</param>
    /// <param name="seed">Of the choice of folds.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="InvalidOperationException">A feature is infinite or not a number, or mirror images are to be scored and there are none.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public ProbeResult Run(ImageFeatures images, int classes, IReadOnlyList<float>? classWeights, int seed, CancellationToken cancellation)
    {
        if (TestTimeFlip && images.Mirrored is null)
            throw new InvalidOperationException("The features of mirror images are missing.");
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (known, labels, counts) = Known(images.Labels, classWeights);
        var folds = Copies is null ? StratifiedFolds.Of(labels, Folds, seed) : DuplicateFolds.Of(labels, Copies, Folds, seed);
        using var regression = Regression(images, labels, known.Length);
        var views = Views(images);
        var start = regression.Start(1);
        StrengthScore? chosen = null;
        ImmutableArray<StrengthScore> scores = [];
        HeldOutLogits? held = null;
        if (folds.Count > 1)
        {
            var validation = new ProbeValidation(regression, labels, counts, folds, views, TestTimeFlip);
            (scores, start) = validation.Run(ToleranceOfFolds, cancellation);
            chosen = StrengthPath.Choose(scores);
            if (KeepsHeldOut)
                held = validation.HeldOut(validation.Fit(chosen.Strength, start, ToleranceOfFolds, cancellation));
        }
        var strength = chosen?.Strength ?? StrengthPath.Default;
        var (weights, biases) = Fit(regression, images, known, counts, classes, strength, start, cancellation);
        var result = new ProbeResult(weights, biases, strength) { Folds = folds, HeldOut = held, Strengths = [.. scores.OrderByDescending(score => score.Strength)] };
        if (chosen is not { } best)
            return result;
        // Copies of an image say no more than the image.
        var tried = Enumerable.Range(0, folds.FoldOf.Length).Where(image => folds.FoldOf[image] >= 0).DistinctBy(Picture).LongCount();
        return result with
        {
            CrossValidatedLogLoss = best.LogLoss,
            CrossValidatedAccuracy = best.Accuracy,
            AccuracyInterval = ConfidenceInterval.OfShare((long)Math.Round(best.Accuracy * tried), tried),
        };
    }

    /// <summary>A classifier of the same strength that learned from more images. The results in cross-validation stay those of the first ones.</summary>
    /// <param name="result">Of the first images.</param>
    /// <param name="images">The features of all images.</param>
    /// <param name="classWeights">How much an image of each class counts; null where all count the same. Above 0 for classes with images.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="InvalidOperationException">A feature is infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public ProbeResult Refit(ProbeResult result, ImageFeatures images, IReadOnlyList<float>? classWeights, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (known, labels, counts) = Known(images.Labels, classWeights);
        using var regression = Regression(images, labels, known.Length);
        var (weights, biases) = Fit(regression, images, known, counts, result.Biases.Length, result.Strength, regression.Start(1), cancellation);
        return result with { Weights = weights, Biases = biases };
    }

    /// <summary>A number that copies share, and no other images.</summary>
    private int Picture(int image) => Copies?[image] is >= 0 and var group ? ~group : image;

    private static int Views(ImageFeatures images) => images.Mirrored is null ? 1 : 2;

    /// <summary>The classes that have images, the class of each image among them, and how much it counts.</summary>
    private static (long[] Classes, long[] Labels, float[] Counts) Known(long[] labels, IReadOnlyList<float>? classWeights)
    {
        var known = labels.Distinct().Order().ToArray();
        return (known, Array.ConvertAll(labels, label => (long)Array.BinarySearch(known, label)), Array.ConvertAll(labels, label => classWeights?[(int)label] ?? 1f));
    }

    private static (float[] Weights, float[] Biases) Fit(
        LogisticRegression regression, ImageFeatures images, long[] known, float[] counts, int classes, double strength, Tensor start, CancellationToken cancellation)
    {
        var solution = regression.Fit(ProbeValidation.RowWeights(counts, Views(images)).unsqueeze(0), strength, start, Tolerance, cancellation);
        return WithAbsentClasses(regression.Head(solution[0]), known, classes, images.Labels.Length);
    }

    private LogisticRegression Regression(ImageFeatures images, long[] labels, int classes)
    {
        if (images.Mirrored is null)
            return new(images.Features, labels, classes, device);
        using var both = cat([images.Features, images.Mirrored]);
        return new(both, [.. labels, .. labels], classes, device);
    }

    /// <summary>
    /// A class without images would get a bias without end. With weights of 0 and this bias, its probability is at most that of half an image among all: the weights of the
    /// classes add up to 0, as do their biases, so that the highest logit is never below 0.
    /// </summary>
    private static (float[] Weights, float[] Biases) WithAbsentClasses((double[] Weights, double[] Biases) head, long[] known, int classes, long images)
    {
        var features = head.Weights.Length / known.Length;
        var (weights, biases) = (new float[classes * features], new float[classes]);
        Array.Fill(biases, (float)-Math.Log(2.0 * images));
        for (var k = 0; k < known.Length; k++)
        {
            biases[known[k]] = (float)head.Biases[k];
            for (var i = 0; i < features; i++)
                weights[(known[k] * features) + i] = (float)head.Weights[(k * features) + i];
        }
        return (weights, biases);
    }
}
