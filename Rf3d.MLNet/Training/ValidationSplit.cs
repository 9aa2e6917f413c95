namespace Rf3d.MLNet;

/// <summary>Holds out a share of each class for validation.</summary>
internal static class ValidationSplit
{
    /// <param name="labels">The class of each row.</param>
    /// <param name="share">How much of each class, from 0 to below 1.</param>
    /// <param name="seed">Of the choice of rows.</param>
    /// <returns>The rows to train on and the rows to validate on (none if the share is 0); both in rising order.</returns>
    public static (long[] Training, long[] Validation) Of<TLabel>(IReadOnlyList<TLabel> labels, double share, int seed)
    {
        var random = new Random(seed);
        var validation = new List<long>();
        if (share > 0)
        {
            foreach (var members in Enumerable.Range(0, labels.Count).GroupBy(row => labels[row]).OrderBy(group => group.Key))
            {
                var rows = members.Select(row => (long)row).ToArray();
                // A class that can spare one image is validated; a single image is worth more in training.
                var count = rows.Length < 2 ? 0 : Math.Clamp((int)Math.Round(rows.Length * share), 1, rows.Length - 1);
                random.Shuffle(rows);
                validation.AddRange(rows.Take(count));
            }
        }
        validation.Sort();
        var held = validation.ToHashSet();
        return ([.. Enumerable.Range(0, labels.Count).Select(row => (long)row).Where(row => !held.Contains(row))], [.. validation]);
    }
}
