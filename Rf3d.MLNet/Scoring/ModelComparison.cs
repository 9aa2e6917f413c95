using System.Collections.Immutable;
using Microsoft.ML;

namespace Rf3d.MLNet;

/// <summary>
/// Paired comparison of two saved models on the same images. It depends only on images that one model classifies correctly and the other does not, and is more precise
/// than the intervals of the two accuracies.
/// </summary>
/// <remarks>The intervals and the p value treat the images as a sample. They are deterministic: the same models and images give the same figures.</remarks>
public sealed class ModelComparison
{
    private readonly PairedCounts _counts;

    private ModelComparison(ImageEvaluation first, ImageEvaluation second, PairedCounts counts)
    {
        (First, Second, _counts) = (first, second, counts);
        var other = second.ByClass.ToDictionary(row => row.Name, StringComparer.Ordinal);
        ByClass = [.. first.ByClass.Select(row => new ClassComparison { Name = row.Name, Images = row.Images, FirstRecall = row.Recall, SecondRecall = other[row.Name].Recall })];
    }

    /// <summary>The figures of the first model alone.</summary>
    public ImageEvaluation First { get; }

    /// <summary>The figures of the second model alone.</summary>
    public ImageEvaluation Second { get; }

    /// <summary>Number of images that were scored by both.</summary>
    public long Images => _counts.Total;

    /// <summary>Number of images that both models classified correctly.</summary>
    public long BothRight => _counts.BothRight;

    /// <summary>Number of images that only the first model classified correctly.</summary>
    public long OnlyFirstRight => _counts.OnlyFirstRight;

    /// <summary>Number of images that only the second model classified correctly.</summary>
    public long OnlySecondRight => _counts.OnlySecondRight;

    /// <summary>Number of images that neither model classified correctly.</summary>
    public long NeitherRight => _counts.NeitherRight;

    /// <summary>The 95 % interval of the first model's accuracy, by Wilson.</summary>
    public ConfidenceInterval FirstAccuracyInterval => ConfidenceInterval.OfShare(_counts.FirstRight, _counts.Total);

    /// <summary>The 95 % interval of the second model's accuracy, by Wilson.</summary>
    public ConfidenceInterval SecondAccuracyInterval => ConfidenceInterval.OfShare(_counts.SecondRight, _counts.Total);

    /// <summary>Accuracy of the second model minus that of the first, -1 to 1.</summary>
    public double AccuracyDifference => _counts.Difference;

    /// <summary>The 95 % interval of <see cref="AccuracyDifference"/> for paired data, by Newcombe (1998, method 10).</summary>
    public ConfidenceInterval AccuracyDifferenceInterval => _counts.DifferenceInterval;

    /// <summary>
    /// The two-sided p value of McNemar's exact test, 0 to 1: how probable a difference of at least this size is if both models are right equally often. 1 where there is
    /// no image on which only one is right.
    /// </summary>
    public double PValue => _counts.PValue;

    /// <summary>Log loss of the second model minus that of the first; less than 0 where the second one is better.</summary>
    public double LogLossDifference => Second.LogLoss - First.LogLoss;

    /// <summary>The recalls of each class, in the order of the first model's classes.</summary>
    public ImmutableArray<ClassComparison> ByClass { get; }

    /// <summary>Scores images with two models and compares them. Classes are matched by name, whatever their order in the models.</summary>
    /// <param name="first">The first model.</param>
    /// <param name="second">The second model, of the same classes; it may have more, as one that continued the first.</param>
    /// <param name="data">Images with labels, as <see cref="Rf3dSavedModel.Evaluate"/> takes them; read once for each model.</param>
    /// <param name="labelColumnName">The labels.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ArgumentException">The second model lacks a class of the first, a column is missing, or a label is of a class that the models do not have.</exception>
    /// <exception cref="InvalidDataException">An image cannot be read, and <see cref="ImagePredictionOptions.ContinueOnError"/> is false.</exception>
    /// <exception cref="InvalidDataException">The second pass over the data found other images than the first.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static ModelComparison Run(
        Rf3dSavedModel first, Rf3dSavedModel second, IDataView data, string labelColumnName = "Label", ImagePredictionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentNullException.ThrowIfNull(data);
        RequireClasses(first, second);
        var (firstRight, secondRight) = (new Dictionary<long, bool>(), new Dictionary<long, bool>());
        var one = first.EvaluateEach(data, labelColumnName, options, (index, isRight) => firstRight.Add(index, isRight), cancellationToken);
        var two = second.EvaluateEach(data, labelColumnName, options, (index, isRight) => secondRight.Add(index, isRight), cancellationToken);
        if (!firstRight.Keys.ToHashSet().SetEquals(secondRight.Keys))
            throw new InvalidDataException("The images changed while the models were compared: the second pass over the data found other images than the first. Compare the models again.");
        long Count(bool isFirstRight, bool isSecondRight) => firstRight.Count(image => image.Value == isFirstRight && secondRight[image.Key] == isSecondRight);
        return new(one, two, new(Count(true, true), Count(true, false), Count(false, true), Count(false, false)));
    }

    private static void RequireClasses(Rf3dSavedModel first, Rf3dSavedModel second)
    {
        string[] missing = [.. first.Classes.Except(second.Classes, StringComparer.Ordinal)];
        if (missing.Length == 0)
            return;
        string[] onlySecond = [.. second.Classes.Except(first.Classes, StringComparer.Ordinal)];
        string[] parts = [.. Part("first", missing), .. Part("second", onlySecond)];
        throw new ArgumentException($"The models do not have the same classes: {string.Join("; ", parts)}. Only models of the same classes can be compared, or a second one with more.", nameof(second));

        static string[] Part(string model, string[] classes) => classes.Length == 0 ? [] : [$"only the {model} has {string.Join(", ", classes.Select(name => $"'{name}'"))}"];
    }
}

/// <summary>Comparison of two saved models for one class.</summary>
public sealed record ClassComparison
{
    /// <summary>The class.</summary>
    public required string Name { get; init; }

    /// <summary>Number of images of the class.</summary>
    public required long Images { get; init; }

    /// <summary>Share of the images of the class that the first model classified as it, 0 to 1; 0 where there are none.</summary>
    public required double FirstRecall { get; init; }

    /// <summary>Share of the images of the class that the second model classified as it, 0 to 1; 0 where there are none.</summary>
    public required double SecondRecall { get; init; }

    /// <summary>Recall of the second model minus that of the first, -1 to 1.</summary>
    public double RecallDifference => SecondRecall - FirstRecall;
}
