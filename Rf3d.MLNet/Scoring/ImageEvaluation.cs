using System.Collections.Immutable;

namespace Rf3d.MLNet;

/// <summary>Evaluation of a saved model on labelled images. The figures are those of ML.NET's <c>Evaluate</c>: all images count, by their most probable class. <see cref="Answered"/> has those that the model answers.</summary>
public sealed class ImageEvaluation
{
    private readonly long[,] _counts;

    internal ImageEvaluation(ImmutableArray<string> classes, long[,] counts, double logLoss, ImmutableArray<ImagePrediction> unreadable, CoverageCurve coverage, CoveragePoint answered)
    {
        (_counts, LogLoss, Unreadable, Coverage, Answered) = (counts, logLoss, unreadable, coverage, answered);
        var indices = Enumerable.Range(0, classes.Length).ToArray();
        ByClass = [.. indices.Select(index => new ClassEvaluation
        {
            Name = classes[index],
            Images = indices.Sum(predicted => counts[index, predicted]),
            Recall = Share(counts[index, index], indices.Sum(predicted => counts[index, predicted])),
            Precision = Share(counts[index, index], indices.Sum(actual => counts[actual, index])),
        })];
        Images = ByClass.Sum(row => row.Images);
        MicroAccuracy = Share(indices.Sum(index => counts[index, index]), Images);
        MacroAccuracy = ByClass.Where(row => row.Images > 0).Select(row => row.Recall).DefaultIfEmpty().Average();
    }

    /// <summary>Number of images that were scored.</summary>
    public long Images { get; }

    /// <summary>Share of the images that were classified correctly, 0 to 1.</summary>
    public double MicroAccuracy { get; }

    /// <summary>Mean of the recalls of the classes that have images, 0 to 1.</summary>
    public double MacroAccuracy { get; }

    /// <summary>Mean of -ln of the probability of the true class.</summary>
    public double LogLoss { get; }

    /// <summary>How many images are answered with each threshold for the confidence, and how many answers are right.</summary>
    public CoverageCurve Coverage { get; }

    /// <summary>The images that the model answers (<see cref="ImagePrediction.IsUnknown"/>): all if it has no threshold. <see cref="Rf3dSavedModel.MinTypicality"/> counts for the files of folders and tables alone, and not for a model with <see cref="Rf3dSavedModel.ImageSteps"/>.</summary>
    public CoveragePoint Answered { get; }

    /// <summary>The figures of each class, in the order of <see cref="Rf3dSavedModel.Classes"/>.</summary>
    public ImmutableArray<ClassEvaluation> ByClass { get; }

    /// <summary>The images that could not be read, with the reasons. They are not counted. Empty without <see cref="ImagePredictionOptions.ContinueOnError"/>.</summary>
    public ImmutableArray<ImagePrediction> Unreadable { get; }

    /// <summary>The confusion matrix: number of images of one class that were taken for another, by the indices of the classes.</summary>
    /// <exception cref="IndexOutOfRangeException">There is no such class.</exception>
    public long this[int actual, int predicted] => _counts[actual, predicted];

    private static double Share(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}

/// <summary>Evaluation of one class.</summary>
public sealed record ClassEvaluation
{
    /// <summary>The class.</summary>
    public required string Name { get; init; }

    /// <summary>Number of images of the class.</summary>
    public required long Images { get; init; }

    /// <summary>Share of the images of the class that were classified as it, 0 to 1; 0 where there are none.</summary>
    public required double Recall { get; init; }

    /// <summary>Share of the images classified as the class that are of it, 0 to 1; 0 where there are none.</summary>
    public required double Precision { get; init; }
}
