using System.Xml.Linq;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>Parameters and multiply-accumulates, before and after.</summary>
internal static class CostSection
{
    public static IEnumerable<XElement> Render(ReportData data)
    {
        var plan = data.Plan;
        var rows = new List<(string Name, Rf3d.Planning.NetworkCost Cost, double? Gain)> { ("Before", plan.OriginalCost, plan.OriginalField.TotalGain) };
        if (!plan.Replacements.IsEmpty)
            rows.Add(("Units moved", plan.OrganizedCost, plan.OrganizedField.TotalGain));
        rows.Add(("After", plan.OptimizedCost, plan.Replacements.IsEmpty ? plan.OptimizedField.TotalGain : null));
        var (parameters, macs) = (rows.Max(row => row.Cost.Parameters), rows.Max(row => row.Cost.Macs));
        yield return HtmlTable.Of(
            "Cost of the network for one image",
            [("", false), ("Parameters", true), ("Change", true), ("Million MACs", true), ("Change", true), ("3DRF gain", true)],
            rows.Select((row, index) => (IEnumerable<object?>)
            [
                row.Name,
                HtmlTable.Bar(Figures.Count(row.Cost.Parameters), (double)row.Cost.Parameters / parameters),
                index == 0 ? "" : Figures.Change(plan.OriginalCost.Parameters, row.Cost.Parameters),
                HtmlTable.Bar(Figures.Macs(row.Cost.Macs), (double)row.Cost.Macs / macs),
                index == 0 ? "" : Figures.Change(plan.OriginalCost.Macs, row.Cost.Macs),
                Figures.Number(row.Gain),
            ]));
        yield return Note("MACs are the multiply-accumulates of convolutions and linear layers; parameters include the two of batch normalisation. Images of ",
            plan.Optimized.Input.ToString().Replace("x", "×", StringComparison.Ordinal), ".");
    }
}
