using System.Collections.Immutable;
using System.Xml.Linq;
using Rf3d.Planning;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>The steps of the organizer and the decomposer, with their reasons.</summary>
internal static class PlanSection
{
    public static IEnumerable<XElement> Render(ReportData data)
    {
        var plan = data.Plan;
        yield return E("h3", "Units moved");
        if (plan.Steps.IsEmpty)
            yield return P("The organizer left every unit where it was: it was off, or no move would have raised the gain.");
        else
            yield return E("ol", Class("steps"), plan.Steps.Select(Step));
        foreach (var list in Skipped("Moves that were wanted and not possible:", plan.Skipped))
            yield return list;

        yield return E("h3", "Kernels replaced");
        if (plan.Replacements.IsEmpty)
            yield return P(plan.Rejected.IsEmpty ? "The decomposer was off: every convolution is trained as it is." : "The decomposer kept every convolution.");
        else
            yield return E("ol", Class("steps"), plan.Replacements.Select(Replacement));
        if (!plan.Rejected.IsEmpty)
        {
            yield return E("details",
                E("summary", Figures.Count(plan.Rejected.Length, "replacement"), " considered and not made"),
                E("ul", plan.Rejected.Select(rejected => E("li", $"Stage {rejected.Stage}, {rejected.Block}: {rejected.Reason}."))));
        }
    }

    private static XElement Step(OrganizerStep step) => E("li",
        step.Target is { } target
            ? P(E("strong", $"Stage {step.Source} → stage {target}. "), $"The last unit of stage {step.Source} gained {Figures.Number(step.SourceGain, "0.0000")} there; one more at the end of stage {target} gains {Figures.Number(step.TargetGain, "0.0000")}.")
            : P(E("strong", $"A unit of stage {step.Source} removed. "), Sentence(step.Reason)),
        Note($"Units now [{string.Join(", ", step.Depths)}]; parameters {Figures.Change(step.ParametersBefore, step.ParametersAfter)}, MACs {Figures.Change(step.MacsBefore, step.MacsAfter)}."),
        Skipped("Better, and not possible:", step.Skipped));

    private static XElement Replacement(LayerReplacement replacement) => E("li",
        P(E("strong", $"Stage {replacement.Stage}, {(replacement.FirstBlock == replacement.LastBlock ? $"unit {replacement.FirstBlock}" : $"units {replacement.FirstBlock} to {replacement.LastBlock}")}: {Figures.Count(replacement.Layers, "convolution")} → {replacement.Block}. "),
            Sentence(replacement.Reason)),
        Note($"3DRF {replacement.FieldBefore} → {replacement.FieldAfter}; parameters {Figures.Change(replacement.ParametersBefore, replacement.ParametersAfter)}, MACs {Figures.Change(replacement.MacsBefore, replacement.MacsAfter)}."));

    private static IEnumerable<XElement> Skipped(string title, ImmutableArray<SkippedMove> moves)
    {
        if (moves.IsEmpty)
            yield break;
        yield return Note(title);
        yield return E("ul", moves.Select(move => E("li", Class("note"), $"Stage {move.Source} → {(move.Target is { } target ? $"stage {target}" : "removed")}: {move.Reason}.")));
    }

    private static string Sentence(string reason) => reason.Length == 0 ? "" : char.ToUpperInvariant(reason[0]) + reason[1..].TrimEnd('.') + ".";
}
