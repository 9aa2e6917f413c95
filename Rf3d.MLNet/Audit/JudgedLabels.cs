using TorchSharp;

namespace Rf3d.MLNet;

/// <summary>The judgement of the labels of a data set by a cross-validated model.</summary>
/// <param name="Images">Of each image; null for those that were never held out.</param>
/// <param name="Thresholds">The mean probability of each class among the images with its label; null for a class without images that are judged.</param>
internal sealed record JudgedLabels(IReadOnlyList<JudgedLabel?> Images, IReadOnlyList<double?> Thresholds)
{
    /// <param name="features">[images, features], of the CPU.</param>
    /// <param name="labels">The class of each image, from 0.</param>
    /// <param name="classes">Number of classes; some may have no image.</param>
    /// <param name="groups">The group of duplicates that each image is in, or -1.</param>
    /// <param name="options">Folds, repetitions and seed.</param>
    /// <param name="device">Where to compute.</param>
    /// <exception cref="InvalidOperationException">A feature is infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static JudgedLabels Of(torch.Tensor features, long[] labels, int classes, IReadOnlyList<int> groups, ImageAuditOptions options, torch.Device device)
    {
        var known = labels.Distinct().Order().ToArray();
        var places = Array.ConvertAll(labels, label => (long)Array.BinarySearch(known, label));
        var predictions = known.Length < 2 ? null : new OutOfFoldProbe(device) { Repetitions = options.Repetitions }.Run(
            features, places, known.Length, repetition => DuplicateFolds.Of(places, groups, options.Folds, options.Seed + repetition), options.CancellationToken);
        if (predictions is null)
            return new(new JudgedLabel?[labels.Length], new double?[classes]);
        var doubts = new LabelDoubts(predictions.Probabilities, places, known.Length);
        var thresholds = new double?[classes];
        for (var k = 0; k < known.Length; k++)
            thresholds[known[k]] = doubts.Thresholds[k];
        return new([.. doubts.Judged.Select(judged => judged is { } one ? one with { Suggested = (int)known[one.Suggested] } : (JudgedLabel?)null)], thresholds);
    }

    /// <summary>Images whose label was judged, and those of them that the model puts into the class of their label.</summary>
    public (long Judged, long Predicted) Count() => (Images.Count(judged => judged is not null), Images.Count(judged => judged is { IsPredicted: true }));
}
