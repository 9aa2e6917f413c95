using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using static System.FormattableString;

namespace Rf3d.Planning;

/// <summary>A plan as JSON and as a table.</summary>
internal static class NetworkPlanText
{
    // Signs such as θ and → stay readable; the text is no HTML.
    private static readonly JsonSerializerOptions JsonOptions = new(ConvNetJson.Settings) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Json(NetworkPlan plan) => JsonSerializer.Serialize(
        new
        {
            Architecture = plan.Original.Name,
            Input = plan.Original.Input.ToString(),
            plan.Original.Classes,
            Original = Side(plan.Original, plan.OriginalCost, plan.OriginalField),
            Organized = Side(plan.Organized, plan.OrganizedCost, plan.OrganizedField),
            Optimized = Side(plan.Optimized, plan.OptimizedCost, plan.OptimizedField),
            plan.Steps,
            plan.Skipped,
            plan.Replacements,
            plan.Rejected,
        },
        JsonOptions);

    private static object Side(ConvNet network, NetworkCost cost, NetworkReceptiveField field) =>
        new { Stages = network.GetStageDepths(), cost.Parameters, cost.Macs, field.TotalGain };

    public static string Table(NetworkPlan plan)
    {
        var text = new StringBuilder();
        var isDecomposed = !plan.Replacements.IsEmpty;
        Line($"{plan.Original.Name} on {plan.Original.Input} images, {plan.Original.Classes} classes");
        Row($"", $"original", isDecomposed ? $"organized" : (FormattableString)$"optimized", $"decomposed");
        for (var i = 0; i < plan.Original.Stages.Length; i++)
            Row($"stage {i + 1}, {plan.OriginalField.Stages[i].Input}", Blocks(plan.Original, i), Blocks(plan.Organized, i), Blocks(plan.Optimized, i));
        Row($"parameters", $"{plan.OriginalCost.Parameters:#,0}", $"{plan.OrganizedCost.Parameters:#,0}", $"{plan.OptimizedCost.Parameters:#,0}");
        Row($"M MACs per image", $"{plan.OriginalCost.Macs / 1e6:#,0.0}", $"{plan.OrganizedCost.Macs / 1e6:#,0.0}", $"{plan.OptimizedCost.Macs / 1e6:#,0.0}");
        // Gains compare arrangements of the same kernels only.
        Row($"3DRF gain", $"{plan.OriginalField.TotalGain:0.0000}", $"{plan.OrganizedField.TotalGain:0.0000}", $"");
        foreach (var step in plan.Steps)
        {
            Line($"  {step}");
            foreach (var move in step.Skipped)
                Skipped(move);
        }
        foreach (var move in plan.Skipped)
            Skipped(move);
        foreach (var replacement in plan.Replacements)
            Line($"  {replacement}");
        foreach (var rejected in plan.Rejected)
            Line($"    refused: stage {rejected.Stage}, {rejected.Block}: {rejected.Reason}");
        return text.ToString();

        void Row(FormattableString name, FormattableString original, FormattableString organized, FormattableString decomposed) =>
            Line($"{Invariant(name),-22}{Invariant(original),16}{Invariant(organized),16}{(isDecomposed ? Invariant(decomposed) : ""),16}");
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture).TrimEnd()).Append('\n');
        void Skipped(SkippedMove move) =>
            Line($"    passed over: stage {move.Source} → {(move.Target is { } target ? $"stage {target}" : "removed")}: {move.Reason}");
    }

    private static FormattableString Blocks(ConvNet network, int stage) =>
        network.Stages[stage].Blocks.Length is 1 ? $"1 unit" : (FormattableString)$"{network.Stages[stage].Blocks.Length} units";
}
