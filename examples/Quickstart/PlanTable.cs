using System.Globalization;
using Rf3d.Planning;
using Spectre.Console;

/// <summary>Shows a plan, before and after.</summary>
internal static class PlanTable
{
    public static void Write(NetworkPlan plan)
    {
        var table = new Table().Title($"{plan.Original.Name} for {plan.Original.Input} images and {plan.Original.Classes} classes");
        table.AddColumn("").AddColumn(new TableColumn("original").RightAligned()).AddColumn(new TableColumn("optimized").RightAligned());
        for (var stage = 0; stage < plan.Original.Stages.Length; stage++)
            Row($"units in stage {stage + 1} ({plan.OriginalField.Stages[stage].Input})", plan.Original.Stages[stage].Blocks.Length, plan.Optimized.Stages[stage].Blocks.Length, "0");
        Row("parameters", plan.OriginalCost.Parameters, plan.OptimizedCost.Parameters, "#,0");
        Row("million MACs per image", plan.OriginalCost.Macs / 1e6, plan.OptimizedCost.Macs / 1e6, "0.0");
        Row("3D receptive field gain", plan.OriginalField.TotalGain, plan.OrganizedField.TotalGain, "0.0000");
        AnsiConsole.Write(table);
        foreach (var replacement in plan.Replacements)
            Console.WriteLine($"  {replacement}");

        void Row(string name, double original, double optimized, string format) => table.AddRow(
            name, original.ToString(format, CultureInfo.InvariantCulture), optimized.ToString(format, CultureInfo.InvariantCulture));
    }
}
