using Rf3d.MLNet;
using Spectre.Console;

namespace Rf3d.ModelBuilder;

/// <summary>The finalists of an experiment beside the best one, as a table on the console.</summary>
internal static class FinalistsOnConsole
{
    /// <summary>Writes nothing where no other candidate was trained to the end.</summary>
    public static void Write(CommandConsole console, IReadOnlyList<Rf3dCandidate> candidates)
    {
        var finalists = candidates.Where(candidate => candidate.ComparedWithBest is not null).ToList();
        if (finalists.Count == 0)
            return;
        var table = new Table().AddColumn("beside the best").AddColumn(Right("only the best right")).AddColumn(Right("only it right"))
            .AddColumn(Right("difference")).AddColumn(Right("95 % interval")).AddColumn(Right("p")).AddColumn("");
        foreach (var candidate in finalists)
        {
            var comparison = candidate.ComparedWithBest!;
            var (low, high) = comparison.AccuracyDifferenceInterval;
            table.AddRow(
                CommandConsole.Cell(candidate.Name), Numbers.Count(comparison.OnlyBestRight), Numbers.Count(comparison.OnlyCandidateRight), Numbers.SignedPercent(comparison.AccuracyDifference),
                $"{Numbers.SignedPercent(low)} to {Numbers.SignedPercent(high)}", Numbers.PValue(comparison.PValue), comparison.IsDistinguishable ? "" : "not distinguishable");
        }
        console.Out.WriteLine(Numbers.Text($"Other finalists beside the best, on the {Numbers.Count(finalists[0].ComparedWithBest!.Images)} validation images (p of McNemar's exact test):"));
        console.Rich.Write(table);
    }

    private static TableColumn Right(string title) => new TableColumn(title).RightAligned();
}
