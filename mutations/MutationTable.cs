using System.Globalization;
using System.Text;

namespace Rf3d.Mutations;

/// <summary>The table of results, and beside it why a place need not make a test fail.</summary>
internal static class MutationTable
{
    public static string Of(IEnumerable<Result> results, string reasonsFile)
    {
        var reasons = File.ReadLines(reasonsFile).Select(Equivalence.Parse).ToList();
        var rows = results.Select(result => (Result: result, reasons.Find(reason => reason.IsOf(result.Mutant))?.Reason)).ToList();
        var untried = rows.Count(row => row.Result.Reaching == Result.NotTried);
        var (failing, explained) = (rows.Count(row => row.Result.Test is not null), rows.Count(row => row is { Result: { Test: null, Reaching: not Result.NotTried }, Reason: not null }));
        var open = rows.Count(row => row is { Result: { Test: null, Reaching: not Result.NotTried } result, Reason: null } && result.Tried < result.Reaching);
        var text = new StringBuilder();
        text.AppendLine("# Lines that hand an option on");
        text.AppendLine();
        text.AppendLine("Written by `dotnet run --project mutations -c Release`. In a copy of the sources each line that passes an option on loses it: it passes the default, or does nothing.");
        text.AppendLine("The tests that come past the place are run until one fails, which must pass again without the change.");
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"{rows.Count} places. {failing}: a test fails. {explained}: none fails, for the reason given. {rows.Count - failing - explained - untried - open}: none fails. {open}: none of those tests fails for which there was time. {untried}: not tried.");
        text.AppendLine();
        text.AppendLine("| place | option | line | test that fails |");
        text.AppendLine("|---|---|---|---|");
        foreach (var ((mutant, test, tried, reaching), reason) in rows)
        {
            var outcome = test ?? (reaching switch
            {
                Result.NotTried => "**not tried**",
                _ when reason is not null => $"none: {reason}",
                0 => "**none**: no test comes past",
                _ => $"**none** of {tried} (of {reaching} that come past)",
            });
            text.AppendLine(CultureInfo.InvariantCulture, $"| {mutant.File}:{mutant.Line} | {Cell(mutant.Option)} | `{Cell(mutant.Text)}` | {Cell(outcome, 200)} |");
        }
        return text.ToString();
    }

    private static string Cell(string value, int length = 110) =>
        (value.Length <= length ? value : value[..(length - 3)] + "...").Replace("|", "\\|", StringComparison.Ordinal).Replace("`", "'", StringComparison.Ordinal);
}

/// <summary>Why a place need not make a test fail. In the file: the end of the path, a part of the line, the option, the reason; "*" means any.</summary>
internal sealed record Equivalence(string File, string Line, string Option, string Reason)
{
    public static Equivalence Parse(string line) => line.Split('\t') is [var file, var part, var option, var reason] ? new(file, part, option, reason) : throw new FormatException($"'{line}' must have four columns.");

    public bool IsOf(Mutant mutant) => (File == "*" || mutant.File.EndsWith(File, StringComparison.Ordinal)) && (Line == "*" || mutant.Text.Contains(Line, StringComparison.Ordinal)) && (Option == "*" || Option == mutant.Option);
}
