using System.Text.Json;

namespace Rf3d.Benchmarks;

/// <summary>An answer of a generated web API.</summary>
/// <param name="Status">The status code.</param>
/// <param name="PredictedLabel">The class, of a success.</param>
/// <param name="Scores">The scores by class, of a success.</param>
/// <param name="Reason">The reason of a refusal, as text; empty if there is none.</param>
/// <param name="SaysWhen">Whether it says when to try again.</param>
internal sealed record ServiceAnswer(int Status, string PredictedLabel, IReadOnlyDictionary<string, float> Scores, string Reason, bool SaysWhen)
{
    private const int Success = 200;

    public static async Task<ServiceAnswer> Read(HttpResponseMessage response)
    {
        var (status, text) = ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
        var saysWhen = response.Headers.RetryAfter is not null;
        var isJson = response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) is true;
        if (!isJson)
            return new(status, "", new Dictionary<string, float>(), "", saysWhen);
        using var json = JsonDocument.Parse(text);
        return status == Success && json.RootElement.TryGetProperty("predictedLabel", out var label)
            ? new(status, label.GetString()!, Entries(json.RootElement), "", saysWhen)
            : new(status, "", new Dictionary<string, float>(), Text(json.RootElement, "detail") ?? Text(json.RootElement, "title") ?? "", saysWhen);
    }

    /// <summary>The largest difference from scores in the order of classes; infinite where the classes are others, or the predicted one is not the most probable.</summary>
    public double DifferenceFrom(IReadOnlyList<string> classes, IReadOnlyList<float> scores)
    {
        if (Scores.Count != classes.Count || !classes.All(Scores.ContainsKey) || !Scores.TryGetValue(PredictedLabel, out var highest) || highest < Scores.Values.Max())
            return double.PositiveInfinity;
        return Enumerable.Range(0, classes.Count).Max(i => Math.Abs(Scores[classes[i]] - (double)scores[i]));
    }

    private static Dictionary<string, float> Entries(JsonElement answer) =>
        answer.GetProperty("scores").EnumerateArray().ToDictionary(entry => entry.GetProperty("label").GetString()!, entry => entry.GetProperty("score").GetSingle());

    private static string? Text(JsonElement answer, string name) => answer.TryGetProperty(name, out var value) ? value.GetString() : null;
}
