using System.Collections.Immutable;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>A linear layer that <see cref="LinearProbe"/> learned, and its results in cross-validation.</summary>
/// <param name="Weights">[classes, features], row-major, for the features as the network gives them.</param>
/// <param name="Biases">[classes].</param>
/// <param name="Strength">The strength of the penalty that was chosen, as in <see cref="StrengthScore"/>.</param>
internal sealed record ProbeResult(float[] Weights, float[] Biases, double Strength)
{
    /// <summary>Cross-entropy of an image that was held out, each image counted once; not a number where none could be held out.</summary>
    public double CrossValidatedLogLoss { get; init; } = double.NaN;

    /// <summary>Share of the images that were classified correctly while they were held out; not a number where none could be.</summary>
    public double CrossValidatedAccuracy { get; init; } = double.NaN;

    /// <summary>The interval of that accuracy with 95 % confidence, as far as the number of images goes. The choice of the strength among the same images is not in it.</summary>
    public ConfidenceInterval AccuracyInterval { get; init; } = ConfidenceInterval.OfShare(0, 0);

    /// <summary>All strengths that were tried, from the strongest to the weakest.</summary>
    public ImmutableArray<StrengthScore> Strengths { get; init; } = [];

    /// <summary>The outputs for the images while they were held out; null where they were not asked for, or none could be held out.</summary>
    public HeldOutLogits? HeldOut { get; init; }

    /// <summary>Which images were held out together.</summary>
    public required StratifiedFolds Folds { get; init; }

    /// <summary>Makes it the last layer of a network.</summary>
    /// <param name="weights">The network's weights.</param>
    /// <param name="classifier">The network's last layer.</param>
    public void PutInto(WeightTable weights, LinearNode classifier)
    {
        weights[classifier.Name + WeightTable.Weight] = new([classifier.Outputs, classifier.Inputs], Weights);
        weights[classifier.Name + WeightTable.Bias] = new([classifier.Outputs], Biases);
    }
}
