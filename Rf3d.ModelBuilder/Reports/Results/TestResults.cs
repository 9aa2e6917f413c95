using System.Collections.Immutable;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>Images of one class that were taken for another.</summary>
/// <param name="Actual">Index of their class.</param>
/// <param name="Predicted">Index of the class they were taken for.</param>
/// <param name="Count">Their number.</param>
/// <param name="Share">Their share of the images of their class.</param>
/// <param name="Worst">The one of highest confidence.</param>
internal sealed record ConfusedPair(int Actual, int Predicted, long Count, double Share, ScoredImage Worst);

/// <summary>All figures that follow from a model's predictions for its test images.</summary>
internal sealed class TestResults
{
    // The limit of ML.NET's own log loss: a probability of 0 would cost infinitely much.
    private const double LeastProbability = 1e-15;

    private readonly long[,] _confusion;

    /// <exception cref="ArgumentException">No image.</exception>
    public TestResults(ImmutableArray<string> classes, IEnumerable<ScoredImage> images)
    {
        Classes = classes;
        Images = [.. images];
        if (Images.IsEmpty)
            throw new ArgumentException("There is no test image with a label.", nameof(images));
        _confusion = new long[classes.Length, classes.Length];
        foreach (var image in Images)
            _confusion[image.Actual, image.Predicted]++;

        Accuracy = new(Images.Count(image => image.IsCorrect), Images.Length);
        LogLoss = Images.Average(image => -Math.Log(Math.Max(LeastProbability, image.ActualProbability)));
        ByClass = [.. classes.Select((name, index) => Measure(name, index))];
        Calibration = Calibration.Of(Images);
        Coverage = CoverageCurve.Of(Images.Select(image => ((float)image.Confidence, image.IsCorrect)));
        Mistakes = [.. Images.Where(image => !image.IsCorrect).OrderByDescending(image => image.Confidence).ThenBy(image => image.Row)];
        Pairs =
        [
            .. Mistakes.GroupBy(image => (image.Actual, image.Predicted))
                .Select(group => new ConfusedPair(group.Key.Actual, group.Key.Predicted, group.Count(), (double)group.Count() / ByClass[group.Key.Actual].Support, group.First()))
                .OrderByDescending(pair => pair.Count).ThenByDescending(pair => pair.Share).ThenBy(pair => pair.Actual).ThenBy(pair => pair.Predicted),
        ];
    }

    public ImmutableArray<string> Classes { get; }

    /// <summary>Every test image with a label, in the order of the data.</summary>
    public ImmutableArray<ScoredImage> Images { get; }

    /// <summary>Images that were recognised, of all.</summary>
    public Proportion Accuracy { get; }

    /// <summary>Mean of -ln p, p being the probability of the right class. ln(classes) for uniform guessing.</summary>
    public double LogLoss { get; }

    /// <summary>By class, in the order of the scores.</summary>
    public ImmutableArray<ClassResult> ByClass { get; }

    public Calibration Calibration { get; }

    /// <summary>How many images are answered with each threshold for the confidence, and how many answers are right.</summary>
    public CoverageCurve Coverage { get; }

    /// <summary>Images that were taken for another class, those of highest confidence first.</summary>
    public ImmutableArray<ScoredImage> Mistakes { get; }

    /// <summary>Classes that were taken for each other, the most frequent first.</summary>
    public ImmutableArray<ConfusedPair> Pairs { get; }

    /// <summary>Mean of the classes' F1, those without images left out.</summary>
    public double MacroF1 => ByClass.Average(result => result.F1) ?? 0;

    /// <summary>Share of the largest class: the accuracy of always answering with it.</summary>
    public double LargestClassShare => (double)ByClass.Max(result => result.Support) / Images.Length;

    /// <summary>Number of images of a class that were taken for a class, the same or another.</summary>
    public long Confusion(int actual, int predicted) => _confusion[actual, predicted];

    private ClassResult Measure(string name, int index)
    {
        var (support, predicted) = (0L, 0L);
        for (var other = 0; other < Classes.Length; other++)
            (support, predicted) = (support + _confusion[index, other], predicted + _confusion[other, index]);
        return new(name, support, predicted, _confusion[index, index]);
    }
}
