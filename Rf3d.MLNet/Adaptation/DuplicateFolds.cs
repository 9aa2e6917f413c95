namespace Rf3d.MLNet;

/// <summary>Folds of cross-validation in which duplicates are held out together: a model that has learned from a copy of an image repeats the copy's label, right or wrong.</summary>
internal static class DuplicateFolds
{
    /// <param name="labels">The class of each image.</param>
    /// <param name="groups">The number of each image's group of duplicates, from 0; -1 for an image without duplicates.</param>
    /// <param name="folds">Number of folds at most.</param>
    /// <param name="seed">Of the order in which the images of a class are spread.</param>
    public static StratifiedFolds Of(IReadOnlyList<long> labels, IReadOnlyList<int> groups, int folds, int seed)
    {
        var stratified = StratifiedFolds.Of(labels, folds, seed);
        int[] foldOf = [.. stratified.FoldOf];
        var target = new Dictionary<int, int>();
        for (var image = 0; image < foldOf.Length; image++)
        {
            if (groups[image] >= 0 && foldOf[image] >= 0 && !target.TryAdd(groups[image], foldOf[image]))
                foldOf[image] = target[groups[image]];
        }
        // Nothing would be learned of a class whose images are all copies of one: it keeps its own folds.
        foreach (var members in Enumerable.Range(0, foldOf.Length).Where(image => foldOf[image] >= 0).GroupBy(image => labels[image]))
        {
            if (members.Select(image => foldOf[image]).Distinct().Skip(1).Any())
                continue;
            foreach (var image in members)
                foldOf[image] = stratified.FoldOf[image];
        }
        var used = foldOf.Where(fold => fold >= 0).Distinct().Order().ToArray();
        return new([.. foldOf.Select(fold => fold < 0 ? fold : Array.BinarySearch(used, fold))], used.Length);
    }
}
