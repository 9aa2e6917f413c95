namespace Rf3d.Benchmarks;

/// <summary>The accuracies of one table by one recipe, by row and seed.</summary>
internal sealed class PaperTallies
{
    private readonly Dictionary<string, Dictionary<int, PaperResult>> _rows;

    private PaperTallies(PaperRecipe recipe, IEnumerable<PaperResult> results)
    {
        Recipe = recipe;
        // Logs of several times may hold a training twice; the first counts.
        _rows = results.GroupBy(result => result.Training.Row).ToDictionary(
            row => row.Key, row => row.GroupBy(result => result.Training.Seed).ToDictionary(seed => seed.Key, seed => seed.First()));
    }

    public PaperRecipe Recipe { get; }

    /// <summary>Trainings that came to nothing.</summary>
    public int Diverged => All.Count(result => result.Accuracy is null);

    /// <summary>The hardware and software of the trainings.</summary>
    public IEnumerable<string> Surroundings => All
        .GroupBy(result => (result.Card, result.Versions, result.TestImages))
        .Select(group => FormattableString.Invariant($"{group.Count()} trainings on {group.Key.Card}; {group.Key.Versions}; scored on {group.Key.TestImages:#,0} images"));

    private IEnumerable<PaperResult> All => _rows.Values.SelectMany(row => row.Values);

    /// <summary>The parts of a log that belong to a table, the most thorough recipe first.</summary>
    public static IReadOnlyList<PaperTallies> ByRecipe(PaperTable table, IEnumerable<PaperResult> results) =>
    [
        .. results.Where(result => result.Training.Table == table.Number)
            .GroupBy(result => result.Recipe)
            .OrderByDescending(group => (long)group.Key.Epochs * group.Key.Images)
            .Select(group => new PaperTallies(group.Key, group)),
    ];

    /// <summary>Accuracies of a row by seed, from 0 to 1.</summary>
    public IReadOnlyDictionary<int, double> Of(string row) => _rows.GetValueOrDefault(row, []).Values
        .Where(result => result.Accuracy is not null)
        .OrderBy(result => result.Training.Seed)
        .ToDictionary(result => result.Training.Seed, result => result.Accuracy!.Value);

    /// <summary>How long trainings of a row took.</summary>
    public IEnumerable<double> Seconds(string row) => _rows.GetValueOrDefault(row, []).Values.Select(result => result.Seconds);

    /// <summary>Differences of two rows, over the seeds that both have; null where there are none.</summary>
    public PairedDifferences? Differences(PaperComparison comparison)
    {
        var (first, second) = (Of(comparison.First), Of(comparison.Second));
        double[] values = [.. first.Keys.Where(second.ContainsKey).Select(seed => first[seed] - second[seed])];
        return values.Length == 0 ? null : new(values);
    }

    /// <summary>Seeds that all rows of the table have.</summary>
    public IReadOnlyList<int> CompleteSeeds(PaperTable table) =>
        [.. Of(table.Rows[0].Name).Keys.Where(seed => table.Rows.All(row => Of(row.Name).ContainsKey(seed)))];
}
