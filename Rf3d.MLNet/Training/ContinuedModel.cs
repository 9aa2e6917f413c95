using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Rf3d.MLNet;

/// <summary>A saved model that a later training continued.</summary>
public sealed record ContinuedModel
{
    /// <summary>Its classes, in the order of its keys.</summary>
    public required ImmutableArray<string> Classes { get; init; }

    /// <summary>Number of images that it was trained on; null where the model has no record of it.</summary>
    public long? TrainingImages { get; init; }

    /// <summary>The weights that its own training started from; null where these were random.</summary>
    public PretrainedOrigin? Pretrained { get; init; }

    /// <summary>Whether its features are those of pretrained weights: its own training learned the last layer only, and so did the trainings of the models before it.</summary>
    [JsonIgnore]
    public bool HasPretrainedFeatures => Pretrained is { Adaptation: Adaptation.Probe } origin && (origin.Model is null || origin.Model.HasPretrainedFeatures);
}
