using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>The predictions of a logistic regression on features for images that it did not learn from.</summary>
/// <param name="Probabilities">[images, classes], row-major: the probability of each class; not numbers for images that were never held out.</param>
/// <param name="Strength">The strength of the penalty that was chosen, as in <see cref="StrengthScore"/>.</param>
internal sealed record OutOfFoldPredictions(double[] Probabilities, double Strength);

/// <summary>
/// Cross-validates a logistic regression on features and returns its predictions for each image that is held out. The strength of the penalty is the one that does best; repetitions with other folds
/// take the same, and probabilities are their means.
/// </summary>
/// <param name="device">Where to compute.</param>
internal sealed class OutOfFoldProbe(Device device)
{
    // Ranks do not change any more below it.
    private const double Tolerance = 1e-5;

    /// <summary>How often all images are held out, each time in other folds. At least 1.</summary>
    public int Repetitions { get; init; } = 1;

    /// <param name="features">[images, features], single precision, of the CPU.</param>
    /// <param name="labels">The class of each image, from 0. Each class has an image.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="foldsOf">The folds of each repetition, counted from 0.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Null where no image can be held out.</returns>
    /// <exception cref="InvalidOperationException">A feature is infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public OutOfFoldPredictions? Run(Tensor features, long[] labels, int classes, Func<int, StratifiedFolds> foldsOf, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var folds = foldsOf(0);
        if (folds.Count < 2)
            return null;
        using var regression = new LogisticRegression(features, labels, classes, device);
        var validation = Validation(folds);
        var (scores, weights) = validation.Search(Tolerance, cancellation);
        var best = StrengthPath.Best(scores);
        var sum = validation.OutOfFold(weights);
        var start = weights.mean([0], keepdim: true);
        for (var repetition = 1; repetition < Repetitions; repetition++)
        {
            using var part = NewDisposeScope();
            var other = Validation(foldsOf(repetition));
            sum.PlusInPlace(other.OutOfFold(other.Fit(best.Strength, start, Tolerance, cancellation)));
        }
        return new(sum.Over(Repetitions).data<double>().ToArray(), best.Strength);

        ProbeValidation Validation(StratifiedFolds held)
        {
            var ones = new float[labels.Length];
            Array.Fill(ones, 1f);
            return new(regression, labels, ones, held, views: 1, scoresMirrored: false);
        }
    }
}
