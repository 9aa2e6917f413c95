using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>The result of <see cref="FeatureMatching"/>.</summary>
/// <param name="Weights">The planned network's weights: the matched ones, or those that it started from where they were closer.</param>
/// <param name="Before">Distance of its features to those of the whole network before: the squared error as a share of the features' variance. 0 for the same features, 1 for their mean.</param>
/// <param name="After">The distance of the matched weights.</param>
/// <param name="Steps">Steps that were made.</param>
internal sealed record FeatureMatch(WeightTable Weights, double Before, double After, int Steps);
