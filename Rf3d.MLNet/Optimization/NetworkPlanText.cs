using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Rf3d.MLNet;

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
            Optimized = Side(plan.Optimized, plan.OptimizedCost, plan.OptimizedField),
            plan.Steps,
            plan.PassedOver,
        },
        JsonOptions);

    private static object Side(ConvNet network, NetworkCost cost, NetworkReceptiveField field) =>
        new { Stages = network.GetStageDepths(), cost.Parameters, cost.Macs, field.TotalGain };

    public static string Table(NetworkPlan plan)
    {
        var text = new StringBuilder();
        Line($"{plan.Original.Name} on {plan.Original.Input} images, {plan.Original.Classes} classes");
        Line($"{"",-22}{"original",16}{"optimized",16}");
        for (var i = 0; i < plan.Original.Stages.Length; i++)
        {
            var input = plan.OriginalField.Stages[i].Input;
            Line($"{$"stage {i + 1}, {input}",-22}{Units(plan.Original, i),16}{Units(plan.Optimized, i),16}");
        }
        Line($"{"parameters",-22}{plan.OriginalCost.Parameters,16:#,0}{plan.OptimizedCost.Parameters,16:#,0}");
        Line($"{"M MACs per image",-22}{plan.OriginalCost.Macs / 1e6,16:#,0.0}{plan.OptimizedCost.Macs / 1e6,16:#,0.0}");
        Line($"{"3DRF gain",-22}{plan.OriginalField.TotalGain,16:0.0000}{plan.OptimizedField.TotalGain,16:0.0000}");
        foreach (var step in plan.Steps)
        {
            Line($"  {step}");
            foreach (var move in step.PassedOver)
                PassedOver(move);
        }
        foreach (var move in plan.PassedOver)
            PassedOver(move);
        return text.ToString();

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture).TrimEnd()).Append('\n');
        void PassedOver(PassedOverMove move) =>
            Line($"    passed over: stage {move.Source} → {(move.Target is { } target ? $"stage {target}" : "removed")}: {move.Reason}");
    }

    private static string Units(ConvNet network, int stage) =>
        network.Stages[stage].Units.Length is 1 ? "1 unit" : string.Create(CultureInfo.InvariantCulture, $"{network.Stages[stage].Units.Length} units");
}
