using System.Globalization;

namespace Rf3d.Fuzz;

/// <summary>The result of one input, as one line of a child process.</summary>
/// <param name="Index">The input.</param>
/// <param name="Verdict">Whether it was read, refused as documented, or neither.</param>
/// <param name="Seconds">Time that it took.</param>
/// <param name="Peak">The largest memory of the process meanwhile, in bytes.</param>
/// <param name="Text">The result that was read, the type of the error, or the fault.</param>
internal sealed record FuzzOutcome(long Index, FuzzVerdict Verdict, double Seconds, long Peak, string Text)
{
    private const string Prefix = "end";

    public static FuzzOutcome? Parse(string line) => line.Split('\t') is [Prefix, var index, var verdict, var seconds, var peak, var text]
        ? new(long.Parse(index, CultureInfo.InvariantCulture), Enum.Parse<FuzzVerdict>(verdict), double.Parse(seconds, CultureInfo.InvariantCulture), long.Parse(peak, CultureInfo.InvariantCulture), text)
        : null;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Prefix}\t{Index}\t{Verdict}\t{Seconds:0.0000}\t{Peak}\t{OneLine(Text)}");

    private static string OneLine(string text) => string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter));
}

/// <summary>Whether an input was read, refused as documented, or neither.</summary>
internal enum FuzzVerdict
{
    Read,
    Refused,
    Failed,
}
