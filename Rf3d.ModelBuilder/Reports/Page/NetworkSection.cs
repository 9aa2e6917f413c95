using System.Xml.Linq;
using Rf3d.Planning;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>The network before and after, stage by stage, with the receptive fields and gains of its units.</summary>
internal static class NetworkSection
{
    public static IEnumerable<XElement> Render(ReportData data)
    {
        var plan = data.Plan;
        var isDecomposed = !plan.Replacements.IsEmpty;
        yield return P(
            "Each square is what enters a stage; the filled part is what one value at the end of a unit sees of it, its 3D receptive field (3DRF: height × width × channels). ",
            "The bar below is the gain: how much a unit adds to what its stage sees, less where most has been seen already. A unit that adds little costs as much as one that adds a lot.");
        var highest = new[] { plan.OriginalField, plan.OrganizedField }.SelectMany(field => field.Stages).SelectMany(stage => stage.Blocks).Max(block => block.Gain ?? 0);
        foreach (var (_, index) in plan.Original.Stages.Select((stage, index) => (stage, index)))
            yield return Stage(plan, index, highest, isDecomposed);
        if (plan.Original.Stem is not null)
            yield return Note("The stem before the first stage is not drawn: the metric does not count it and the planner leaves it alone.");
        if (isDecomposed)
            yield return Note("Gains before and after moving units compare. Those of other kernels do not: a stage whose first block sees a part of the channels has more to gain on its way to the same field.");
    }

    private static XElement Stage(NetworkPlan plan, int index, double highest, bool isDecomposed) => E("section", Class("stage"),
        E("h3", $"Stage {index + 1} ", E("small", plan.OriginalField.Stages[index].Input.ToString().Replace("x", "×", StringComparison.Ordinal), " in")),
        E("div", Class("sides"),
            Side("before", plan.Original, plan.OriginalField, index, highest, withGain: true),
            Side(isDecomposed ? "units moved" : "after", plan.Organized, plan.OrganizedField, index, highest, withGain: true),
            isDecomposed ? Side("kernels replaced", plan.Optimized, plan.OptimizedField, index, plan.OptimizedField.Stages.SelectMany(stage => stage.Blocks).Max(block => block.Gain ?? 0), withGain: false) : null));

    private static XElement Side(string name, ConvNet network, NetworkReceptiveField field, int index, double highest, bool withGain)
    {
        var stage = field.Stages[index];
        return E("div",
            E("h4", name, E("span", Class("total"),
                Figures.Count(stage.Blocks.Length, "unit"), withGain ? $", gain {Figures.Number(stage.TotalGain)}" : "")),
            FieldDrawing.Blocks(stage, highest),
            E("p", Class("kernels"), Layers(network.Stages[index])));
    }

    /// <summary>The kernels of a stage's units in a row, units of one kind together.</summary>
    private static string Layers(Stage stage)
    {
        var names = stage.Blocks.Select(block => LayerName.Of(block.Layers) + (block.Residual ? ", shortcut" : "")).ToList();
        var kinds = new List<(string Name, int Count)>();
        foreach (var name in names)
        {
            if (kinds.Count > 0 && kinds[^1].Name == name)
                kinds[^1] = (name, kinds[^1].Count + 1);
            else
                kinds.Add((name, 1));
        }
        return string.Join("; ", kinds.Select(kind => kind.Count == 1 ? kind.Name : $"{kind.Count} × ({kind.Name})"));
    }
}
