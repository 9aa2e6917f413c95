using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.ModelBuilder;

/// <summary>A plan with the memory of its training on a GPU.</summary>
internal static class PlanMemory
{
    private static readonly JsonSerializerOptions Settings = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Text(TrainingMemory memory) => $"Training on a GPU (defaults, bfloat16) takes {memory}.";

    public static string Json(NetworkPlan plan, TrainingMemory memory)
    {
        var json = JsonNode.Parse(plan.ToJson())!.AsObject();
        json["trainingMemory"] = JsonSerializer.SerializeToNode(memory, Settings);
        return json.ToJsonString(Settings);
    }
}
