namespace Rf3d.Datasets;

/// <summary>Divides the files of each class in the same proportion.</summary>
internal static class StratifiedSplit
{
    /// <summary>The indices of the files on either side, in the order of the files.</summary>
    public static (List<int> Train, List<int> Validation) Of(ImageFolderScan scan, double validationFraction, int seed)
    {
        List<int> train = [];
        List<int> validation = [];
        // The files are sorted by class: each class is one run of them.
        for (var start = 0; start < scan.Files.Count;)
        {
            var label = scan.Files[start].Class;
            var end = start;
            while (end < scan.Files.Count && scan.Files[end].Class == label)
                end++;

            var count = end - start;
            var held = count < 2 ? 0 : Math.Clamp((int)Math.Round(count * validationFraction), 1, count - 1);
            var order = new RowPermutation(count, SplitMix64.ForItem(unchecked((ulong)seed), (ulong)label).Next());
            var chosen = Enumerable.Range(0, held).Select(i => (int)order[i]).ToHashSet();
            for (var i = 0; i < count; i++)
                (chosen.Contains(i) ? validation : train).Add(start + i);
            start = end;
        }
        return validation.Count > 0
            ? (train, validation)
            : throw new InvalidOperationException($"'{scan.Folder}' has no class of two or more images, so that there is nothing to divide.");
    }
}
