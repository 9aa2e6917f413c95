namespace Rf3d.Benchmarks;

/// <summary>Which trainings come next, and whether there is time for them.</summary>
internal static class PaperQueue
{
    /// <summary>
    /// The trainings that the log does not hold yet, seed by seed over all rows: whenever the time is up, every row has been trained as often as every other, give or take one.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="rows">Its rows to train; none for all.</param>
    /// <param name="seeds">One training of each row for each of them.</param>
    /// <param name="recipe">Only trainings by the same recipe count as done.</param>
    /// <param name="done">The log.</param>
    /// <exception cref="ArgumentException">There is no such row.</exception>
    public static IReadOnlyList<PaperTraining> Of(PaperTable table, IReadOnlyCollection<string> rows, IEnumerable<int> seeds, PaperRecipe recipe, IEnumerable<PaperResult> done)
    {
        IReadOnlyList<PaperRow> wanted = rows.Count == 0 ? table.Rows : [.. rows.Distinct().Select(row => table[row])];
        var known = done.Where(result => result.Recipe == recipe).Select(result => result.Training).ToHashSet();
        return
        [
            .. seeds.Distinct()
                .SelectMany(seed => wanted.Select(row => new PaperTraining(table.Number, row.Name, seed)))
                .Where(training => !known.Contains(training)),
        ];
    }

    /// <summary>How long a training may take: the longest of its row so far; before there is one, the longest of the row of the most similar size.</summary>
    /// <returns>Null when nothing is known.</returns>
    public static TimeSpan? Estimate(PaperTable table, PaperTraining training, PaperRecipe recipe, IEnumerable<PaperResult> done)
    {
        var macs = table[training.Row].Macs;
        var similar = done
            .Where(result => result.Recipe == recipe && result.Training.Table == table.Number)
            .GroupBy(result => table[result.Training.Row])
            .OrderBy(row => row.Key.Name == training.Row ? -1 : Math.Abs(Math.Log((double)row.Key.Macs / macs)))
            .FirstOrDefault();
        // A smaller network is not taken to be faster: it may wait for memory and launches instead.
        return similar is null ? null : TimeSpan.FromSeconds(similar.Max(result => result.Seconds) * Math.Max(1, (double)macs / similar.Key.Macs));
    }
}
