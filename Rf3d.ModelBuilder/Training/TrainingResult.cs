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

    /// <summary>Whether it is the best of several candidates of an experiment.</summary>
    public bool IsBestOfCandidates { get; init; }

    /// <summary>"validation", or "test" where there are images that nothing was chosen by.</summary>
    public string MeasuredOn => Trained.Data.Test is null ? "validation" : "test";

    public void Write(CommandConsole console)
    {
        console.Out.WriteLine(Measured());
        Evaluation.Write(console.Rich);
        if (Trained.Model.History.Calibration is { } calibration)
        {
            console.Out.WriteLine(calibration.IsApplied
                ? Numbers.Text($"Probabilities calibrated on {Numbers.Count(calibration.Images)} images held out: temperature {calibration.Temperature:0.###}, log loss {calibration.LogLossBefore:0.0000} to {calibration.LogLossAfter:0.0000}, calibration error {Numbers.Percent(calibration.CalibrationErrorBefore)} to {Numbers.Percent(calibration.CalibrationErrorAfter)}")
                : Numbers.Text($"Probabilities are those of the training: no temperature lowers the log loss of the {Numbers.Count(calibration.Images)} images held out"));
        }
        console.Out.WriteLine(Numbers.Text($"Saved {Path.GetRelativePath(".", ModelPath)} ({Numbers.Megabytes(new FileInfo(ModelPath).Length)}), trained in {Numbers.Duration(Trained.Elapsed)}"));
        if (ReportPath is not null)
            console.Out.WriteLine(Numbers.Text($"Saved {Path.GetRelativePath(".", ReportPath)} ({Numbers.Megabytes(new FileInfo(ReportPath).Length)}), the report: open it in a browser"));
    }

    private string Measured()
    {
        if (Trained.Data.Test is not null)
            return "On the test images, which training has not seen:";
        var mayBeKnown = ValidationChoice.MayBeKnown(Trained.Model.History);
        if (ValidationChoice.Of(Trained.Model.History, IsBestOfCandidates) is not { } chosen)
            return mayBeKnown ? "On the validation images, from some of which the model that was continued may have learned:" : "On the validation images, which training has not seen:";
        return $"On the validation images, which chose {chosen} (the accuracy is therefore a little too high{(mayBeKnown ? "; the model that was continued may also have learned from some of them" : "")}):";
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
            if (history.Calibration is { } calibration)
            {
                json.WritePropertyName("calibration");
                JsonSerializer.Serialize(json, calibration, JsonSerializerOptions.Web);
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
