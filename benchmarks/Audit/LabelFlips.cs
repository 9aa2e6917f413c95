using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>Labels that are changed on purpose.</summary>
internal static class LabelFlips
{
    public const double Share = 0.05;

    /// <summary>Changes a twentieth of the labels of all parts, each to one of the other classes, all as probable.</summary>
    /// <param name="parts">The parts, whose classes are the same.</param>
    /// <param name="seed">Of the draw.</param>
    /// <returns>The parts, and which images (part and place) have other labels.</returns>
    public static (List<AuditPart> Parts, HashSet<(AuditSplit Split, long Row)> Changed) Draw(IReadOnlyList<AuditPart> parts, int seed)
    {
        var random = new Random(seed);
        var all = parts.SelectMany((part, number) => part.Rows.Select((_, place) => (number, place))).ToArray();
        random.Shuffle(all);
        var rows = parts.Select(part => part.Rows.ToArray()).ToList();
        var changed = new HashSet<(AuditSplit, long)>();
        foreach (var (number, place) in all.Take((int)Math.Round(Share * all.Length)))
        {
            ref var row = ref rows[number][place];
            row = row with { Label = (row.Label + 1 + random.Next(parts[number].Classes.Length - 1)) % parts[number].Classes.Length };
            changed.Add((parts[number].Split, row.Row));
        }
        return ([.. parts.Select((part, number) => part with { Rows = rows[number] })], changed);
    }
}
