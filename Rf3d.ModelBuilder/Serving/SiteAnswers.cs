namespace Rf3d.ModelBuilder;

/// <summary>A model, as the page lists it.</summary>
/// <param name="Name">Its name in requests.</param>
/// <param name="Labels">Its classes.</param>
/// <param name="Architecture">The network that it was planned from.</param>
/// <param name="ImageHeight">Height in pixels that images are resized to.</param>
/// <param name="ImageWidth">Width in pixels that images are resized to.</param>
/// <param name="MinConfidence">The probability below which an image is not answered; 0 if all are.</param>
/// <param name="ReloadError">Why its file cannot be loaded any more, so that the model that was loaded before is used; null where the model is that of the file.</param>
internal sealed record SiteModel(string Name, IReadOnlyList<string> Labels, string Architecture, int ImageHeight, int ImageWidth, float MinConfidence, string? ReloadError);

/// <summary>The probability of a class, 0 to 1.</summary>
/// <param name="Label">The class.</param>
/// <param name="Score">Its probability.</param>
internal sealed record SiteScore(string Label, float Score);

/// <summary>The prediction of a model for an image: the fields of the generated web API, and the model.</summary>
/// <param name="Model">The model.</param>
/// <param name="PredictedLabel">The most probable class, or "Unknown" where it is not probable enough or the image is unlike all classes.</param>
/// <param name="IsUnknown">Whether that is so.</param>
/// <param name="Typicality">The share of the training images that are at most as similar to a class; null where the model does not know it.</param>
/// <param name="Scores">All classes, the most probable one first.</param>
internal sealed record SitePrediction(string Model, string PredictedLabel, bool IsUnknown, float? Typicality, IReadOnlyList<SiteScore> Scores);

/// <summary>The answer of /health, as in the generated web API.</summary>
/// <param name="Status">"healthy".</param>
/// <param name="Labels">Classes of the first model.</param>
internal sealed record SiteHealth(string Status, IReadOnlyList<string> Labels);
