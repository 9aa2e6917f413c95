using System.Text.Json;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>The comparison of a model with the one that it continues, and what followed from it.</summary>
/// <param name="Source">The old model.</param>
/// <param name="Comparison">Of the old model and the new one, on images of the old classes; null where there are none.</param>
internal sealed record ContinuationResult(SourceModel Source, ModelComparison? Comparison)
{
    public ContinuationVerdict Verdict => ContinuationRule.Of(Comparison?.AccuracyDifferenceInterval);

    /// <summary>Where the old model is kept; null where it was not replaced.</summary>
    public string? Previous { get; init; }

    /// <summary>Where the new model is; null where it replaced the old one.</summary>
    public string? Candidate { get; init; }

    /// <summary>The comparison as lines.</summary>
    public IEnumerable<string> Lines()
    {
        if (Comparison is not { } comparison)
        {
            yield return "There are no images of the old classes to compare the models by. Name some with --test-dataset.";
            yield break;
        }
        yield return Numbers.Text($"Old and new model on the same {Numbers.Count(comparison.Images)} images of the {Source.Classes.Length} old classes: {Numbers.Percent(comparison.First.MicroAccuracy)} and {Numbers.Percent(comparison.Second.MicroAccuracy)};");
        yield return Numbers.Text($"difference {Numbers.SignedPercent(comparison.AccuracyDifference)}, 95 % interval {Numbers.SignedPercent(comparison.AccuracyDifferenceInterval.Low)} to {Numbers.SignedPercent(comparison.AccuracyDifferenceInterval.High)}.");
        var limit = Numbers.SignedPercent(-ContinuationRule.AcceptedLoss);
        yield return Verdict switch
        {
            ContinuationVerdict.Replace => $"The new model loses less than {Numbers.Percent(ContinuationRule.AcceptedLoss)}: the interval is above {limit}.",
            ContinuationVerdict.Worse => $"The new model is worse: the interval is below {limit}.",
            _ => $"These images are too few to tell: the interval reaches from below {limit} to above it. More of them make it narrower (--test-dataset).",
        };
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("model", Source.Path);
        json.WriteString("verdict", Verdict.ToString());
        json.WriteBoolean("replaced", Candidate is null);
        if (Previous is not null)
            json.WriteString("previous", Previous);
        if (Candidate is not null)
            json.WriteString("candidate", Candidate);
        if (Comparison is { } comparison)
        {
            json.WriteNumber("images", comparison.Images);
            json.WriteNumber("oldAccuracy", comparison.First.MicroAccuracy);
            json.WriteNumber("newAccuracy", comparison.Second.MicroAccuracy);
            json.WriteNumber("difference", comparison.AccuracyDifference);
            json.WriteNumber("differenceLow", comparison.AccuracyDifferenceInterval.Low);
            json.WriteNumber("differenceHigh", comparison.AccuracyDifferenceInterval.High);
        }
        json.WriteEndObject();
    }
}
