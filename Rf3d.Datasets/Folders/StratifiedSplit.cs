namespace Rf3d.Datasets;

/// <summary>Divides the files of each class in the same proportion.</summary>
internal static class StratifiedSplit
{
    /// <summary>The rows on either side, in their order.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="validationFraction">The fraction of each class for validation.</param>
    /// <param name="seed">Which rows these are.</param>
    public static (List<int> Train, List<int> Validation) Of(LabelledRows rows, double validationFraction, int seed)
    {
        var byClass = new List<int>[rows.Classes.Count];
        for (var row = 0; row < rows.Count; row++)
            (byClass[rows.ClassOf(row)] ??= []).Add(row);

        var isHeld = new bool[rows.Count];
        for (var label = 0; label < byClass.Length; label++)
        {
            var count = byClass[label]?.Count ?? 0;
            if (count < 2)
                continue;
            var held = Math.Clamp((int)Math.Round(count * validationFraction), 1, count - 1);
            var order = new RowPermutation(count, SplitMix64.ForItem(unchecked((ulong)seed), (ulong)label).Next());
            for (var i = 0; i < held; i++)
                isHeld[byClass[label]![(int)order[i]]] = true;
        }
        var sides = Enumerable.Range(0, isHeld.Length).ToLookup(row => isHeld[row]);
        return sides.Contains(true)
            ? ([.. sides[false]], [.. sides[true]])
            : throw new InvalidOperationException(
                $"'{rows.Folder}' has no class of two or more images, so that there is nothing to divide. Add images to the classes, or load other validation images with the Classes of this view.");
    }
}
