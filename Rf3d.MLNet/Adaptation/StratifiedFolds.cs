namespace Rf3d.MLNet;

/// <summary>Which images are held out together in cross-validation. The images of each class are spread over the folds, so that every fold is trained without a share of each.</summary>
/// <param name="FoldOf">The fold of each image; <see cref="AlwaysTraining"/> for one that is never held out.</param>
/// <param name="Count">Number of folds; 0 where no image can be held out.</param>
internal sealed record StratifiedFolds(int[] FoldOf, int Count)
{
    /// <summary>The fold of an image that is the only one of its class: without it nothing could be learned of the class.</summary>
    public const int AlwaysTraining = -1;

    /// <param name="labels">The class of each image.</param>
    /// <param name="folds">Number of folds at most. Not more than there are images that can be held out.</param>
    /// <param name="seed">Of the order in which the images of a class are spread.</param>
    public static StratifiedFolds Of(IReadOnlyList<long> labels, int folds, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(folds, 2);
        var random = new Random(seed);
        var foldOf = new int[labels.Count];
        Array.Fill(foldOf, AlwaysTraining);
        // Each class begins where the one before it ended: folds differ by one image at most, and a class with fewer images than folds never has two in one. So
        // a small class needs no fewer folds: all but one of its images are learned from at any time.
        var next = 0;
        foreach (var members in Enumerable.Range(0, labels.Count).GroupBy(image => labels[image]).OrderBy(group => group.Key))
        {
            var images = members.ToArray();
            if (images.Length < 2)
                continue;
            random.Shuffle(images);
            foreach (var image in images)
                foldOf[image] = next++ % folds;
        }
        return new(foldOf, Math.Min(folds, next));
    }

    /// <summary>The images that a fold holds out.</summary>
    public long[] HeldOut(int fold) => [.. Enumerable.Range(0, FoldOf.Length).Where(image => FoldOf[image] == fold).Select(image => (long)image)];
}
