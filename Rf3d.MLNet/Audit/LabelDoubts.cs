namespace Rf3d.MLNet;

/// <summary>
/// Which labels are in doubt, by confident learning (C. G. Northcutt, L. Jiang, I. L. Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70, 2021): a class counts for an image if
/// its probability is at least the mean probability of that class among the images with that label; where the most probable of these classes is another one than the label, the label is in doubt.
/// Images are ranked by the probability of their label ("self-confidence"), the lowest first: a label that is wrong by chance has hardly any, whereas one that the model takes for a similar class still has some. If two classes are separated well, the thresholds are near 1 and few labels are in doubt: the most doubtful images whose label is not
/// the most probable class count as well.
/// </summary>
internal sealed class LabelDoubts
{
    // Share of the judged images that are worth a look if a twentieth of the labels are wrong.
    private const double LookedThrough = 0.08;

    private readonly double[] _probabilities;
    private readonly long[] _labels;

    /// <param name="probabilities">[images, classes], row-major, each by a model that did not learn from the image; rows that are not numbers are not judged.</param>
    /// <param name="labels">The class of each image, from 0.</param>
    /// <param name="classes">Number of classes, at least 2.</param>
    public LabelDoubts(double[] probabilities, long[] labels, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        (_probabilities, _labels, Classes) = (probabilities, labels, classes);
        Thresholds = ThresholdsOf();
        var judged = Enumerable.Range(0, labels.Length).Select(Judge).ToArray();
        foreach (var image in MostDoubtful(judged))
            judged[image] = judged[image]!.Value with { IsDoubted = true };
        Judged = judged;
    }

    public int Classes { get; }

    /// <summary>The mean probability of each class among the images with its label; null for a class without images that are judged.</summary>
    public IReadOnlyList<double?> Thresholds { get; }

    /// <summary>The judgement of each image; null for those that are not judged.</summary>
    public IReadOnlyList<JudgedLabel?> Judged { get; }

    private ReadOnlySpan<double> Of(int image) => _probabilities.AsSpan(image * Classes, Classes);

    private static List<int> MostDoubtful(JudgedLabel?[] judged) =>
    [
        .. Enumerable.Range(0, judged.Length).Where(image => judged[image] is not null).OrderByDescending(image => judged[image]!.Value.Doubt)
            .Take((int)(LookedThrough * judged.Count(each => each is not null))).Where(image => judged[image]!.Value is { IsPredicted: false }),
    ];

    private double?[] ThresholdsOf()
    {
        var (sums, counts) = (new double[Classes], new long[Classes]);
        for (var image = 0; image < _labels.Length; image++)
        {
            var own = Of(image)[(int)_labels[image]];
            if (double.IsNaN(own))
                continue;
            sums[_labels[image]] += own;
            counts[_labels[image]]++;
        }
        return [.. sums.Select((sum, k) => counts[k] > 0 ? sum / counts[k] : (double?)null)];
    }

    private JudgedLabel? Judge(int image)
    {
        var probabilities = Of(image);
        var label = (int)_labels[image];
        if (double.IsNaN(probabilities[label]))
            return null;
        var (other, confident) = (label == 0 ? 1 : 0, -1);
        for (var k = 0; k < Classes; k++)
        {
            if (k != label && probabilities[k] > probabilities[other])
                other = k;
            if (probabilities[k] >= Thresholds[k] && (confident < 0 || probabilities[k] > probabilities[confident]))
                confident = k;
        }
        var isDoubted = confident >= 0 && confident != label;
        return new(isDoubted, 1 - probabilities[label], probabilities[label], isDoubted ? confident : other, probabilities[isDoubted ? confident : other], probabilities[label] >= probabilities[other]);
    }
}

/// <summary>The judgement of a label by a model that did not learn from its image.</summary>
/// <param name="IsDoubted">Whether confident learning counts it as an error, or it is among the most doubtful ones.</param>
/// <param name="Doubt">From 0 to 1: 1 − the probability of the label.</param>
/// <param name="Probability">The probability of the label.</param>
/// <param name="Suggested">The class to suggest, from 0: never the label.</param>
/// <param name="SuggestedProbability">Its probability.</param>
/// <param name="IsPredicted">Whether the label is the most probable class.</param>
internal readonly record struct JudgedLabel(bool IsDoubted, double Doubt, double Probability, int Suggested, double SuggestedProbability, bool IsPredicted);
