using System.Text;
using System.Text.Json;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>The result of a training, as text or JSON.</summary>
/// <param name="ModelPath">The .zip.</param>
/// <param name="Trained">The model and its history.</param>
/// <param name="Evaluation">How good it is.</param>
internal sealed record TrainingResult(string ModelPath, TrainedClassifier Trained, ImageEvaluation Evaluation) : ICommandResult
{
    /// <summary>The report; null where there is none.</summary>
    public string? ReportPath { get; init; }

    /// <summary>The comparison with the model that the training continued; null where it continued none.</summary>
    public ContinuationResult? Continuation { get; init; }

    /// <summary>The result on the validation images.</summary>
    public string Chosen { get; init; } = "the best epoch";

    /// <summary>"validation", or "test" where there are images that nothing was chosen by.</summary>
    public string MeasuredOn => Trained.Data.Test is null ? "validation" : "test";

    public void Write(CommandConsole console)
    {
        console.Out.WriteLine(this switch
        {
            { Trained.Data.Test: not null } => "On the test images, which training has not seen:",
            { Trained.Model.History.Pretrained.Adaptation: Adaptation.Probe } => "On the validation images, which training has not seen:",
            _ => $"On the validation images, which chose {Chosen} and so flatter it a little:",
        });
        Evaluation.Write(console.Rich);
        console.Out.WriteLine(Numbers.Text($"Saved {Path.GetRelativePath(".", ModelPath)} ({Numbers.Megabytes(new FileInfo(ModelPath).Length)}), trained in {Numbers.Duration(Trained.Elapsed)}"));
        if (ReportPath is not null)
            console.Out.WriteLine(Numbers.Text($"Saved {Path.GetRelativePath(".", ReportPath)} ({Numbers.Megabytes(new FileInfo(ReportPath).Length)}), the report: open it in a browser"));
    }

    public string ToJson()
    {
        var history = Trained.Model.History;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("model", ModelPath);
            if (ReportPath is not null)
                json.WriteString("report", ReportPath);
            json.WriteNumber("seconds", Math.Round(Trained.Elapsed.TotalSeconds, 1));
            json.WriteString("device", history.Device);
            json.WriteString("end", history.StopReason.ToString());
            json.WriteNumber("epochs", history.Epochs.Length);
            json.WriteNumber("bestEpoch", history.BestEpoch);
            if (history.Pretrained is { } origin)
            {
                json.WriteString("pretrained", origin.Name);
                json.WriteString("adaptation", origin.Adaptation.ToString());
            }
            json.WriteNumber("parameters", Trained.Model.Plan.OptimizedCost.Parameters);
            json.WriteNumber("macs", Trained.Model.Plan.OptimizedCost.Macs);
            json.WriteString("measuredOn", MeasuredOn);
            json.WritePropertyName("metrics");
            Evaluation.Write(json);
            if (Continuation is not null)
            {
                json.WritePropertyName("continued");
                Continuation.Write(json);
            }
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
