using System.Collections.Immutable;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Cross-validation of a logistic regression over strengths of its penalty. The folds are solved together, or one after the other where their solutions are large.</summary>
internal sealed class ProbeValidation
{
    private readonly LogisticRegression _regression;
    private readonly long[] _labels;
    private readonly float[] _counts;
    private readonly StratifiedFolds _folds;
    private readonly bool _scoresMirrored;
    private readonly Tensor _rowWeights;

    /// <param name="regression">Has all images, then all mirror images where there are any.</param>
    /// <param name="labels">The class of each image.</param>
    /// <param name="counts">How much each image counts.</param>
    /// <param name="folds">Of the images; a mirror image is in the fold of its image.</param>
    /// <param name="views">1, or 2 with mirror images.</param>
    /// <param name="scoresMirrored">Whether an image is scored by the mean of both views.</param>
    public ProbeValidation(LogisticRegression regression, long[] labels, float[] counts, StratifiedFolds folds, int views, bool scoresMirrored)
    {
        (_regression, _labels, _counts, _folds, _scoresMirrored) = (regression, labels, counts, folds, scoresMirrored);
        _rowWeights = stack(Enumerable.Range(0, folds.Count).Select(fold => RowWeights([.. counts.Select((count, image) => folds.FoldOf[image] == fold ? 0 : count)], views)));
    }

    /// <summary>Called after each strength that was tried.</summary>
    public Action<StrengthScore>? Report { get; init; }

    /// <summary>How much the rows of all views count, with a sum of 1. [rows], double precision.</summary>
    public static Tensor RowWeights(float[] counts, int views)
    {
        var sum = views * counts.Sum(count => (double)count);
        return tensor(Enumerable.Repeat(counts, views).SelectMany(count => count).Select(count => count / sum).ToArray());
    }

    /// <returns>All scores, and the mean solution of the folds at the best strength, [1, classes, features + 1].</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public (ImmutableArray<StrengthScore> Scores, Tensor Start) Run(double tolerance, CancellationToken cancellation)
    {
        var (scores, folds) = Search(tolerance, cancellation);
        using (folds)
            return (scores, folds.mean([0], keepdim: true));
    }

    /// <summary>The solutions of all folds at one strength. [folds, classes, features + 1].</summary>
    /// <param name="strength">The strength of the penalty.</param>
    /// <param name="start">[1, classes, features + 1]: where each fold begins.</param>
    /// <param name="tolerance">Largest part of the gradient at the solution.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Tensor Fit(double strength, Tensor start, double tolerance, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var from = start.expand(_folds.Count, start.shape[1], start.shape[2]).contiguous();
        return _regression.Fit(_rowWeights, strength, from, tolerance, cancellation).MoveToOuterDisposeScope();
    }

    /// <summary>The probabilities of the classes for each image, by the fold that held it out. [images, classes], double precision, of the CPU; not numbers for images that no fold held out.</summary>
    /// <param name="weights">[folds, classes, features + 1].</param>
    public Tensor OutOfFold(Tensor weights)
    {
        using var scope = NewDisposeScope();
        var all = TensorArithmetic.Filled([_labels.Length, weights.shape[1]], double.NaN, ScalarType.Float64);
        for (var fold = 0; fold < _folds.Count; fold++)
        {
            using var part = NewDisposeScope();
            var rows = tensor(_folds.HeldOut(fold));
            all.index_copy_(0, rows, _regression.Logits(weights[fold], rows).to(ScalarType.Float64).softmax(1).cpu());
        }
        return all.MoveToOuterDisposeScope();
    }

    /// <summary>The outputs before the softmax for each image that a fold held out, by that fold, as the model will score.</summary>
    /// <param name="weights">[folds, classes, features + 1].</param>
    public HeldOutLogits HeldOut(Tensor weights)
    {
        using var scope = NewDisposeScope();
        long[] images = [.. Enumerable.Range(0, _labels.Length).Where(image => _folds.FoldOf[image] >= 0).Select(image => (long)image)];
        var all = zeros([_labels.Length, weights.shape[1]], ScalarType.Float32);
        for (var fold = 0; fold < _folds.Count; fold++)
        {
            using var part = NewDisposeScope();
            var rows = tensor(_folds.HeldOut(fold));
            all.index_copy_(0, rows, Logits(weights[fold], rows).to(ScalarType.Float32).cpu());
        }
        return new(all.index_select(0, tensor(images)).data<float>().ToArray(), Array.ConvertAll(images, image => _labels[image]));
    }

    /// <returns>All scores, and the solutions of the folds at the best strength, [folds, classes, features + 1].</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public (ImmutableArray<StrengthScore> Scores, Tensor Weights) Search(double tolerance, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        List<StrengthScore> scores = [];
        var weights = _regression.Start(_folds.Count);
        var best = weights;
        while (StrengthPath.Next(scores) is { } strength)
        {
            using var step = NewDisposeScope();
            var (last, bestBefore) = (weights, best);
            weights = _regression.Fit(_rowWeights, strength, last, tolerance, cancellation).MoveToOuterDisposeScope();
            scores.Add(Score(weights, strength));
            if (StrengthPath.Best(scores) == scores[^1])
                best = weights;
            // Not at the end: for many classes and features each is of 100 MB and more. The last one is where the next begins.
            if (!ReferenceEquals(last, best))
                last.Dispose();
            if (!ReferenceEquals(bestBefore, best) && !ReferenceEquals(bestBefore, last))
                bestBefore.Dispose();
            Report?.Invoke(scores[^1]);
        }
        return ([.. scores], best.MoveToOuterDisposeScope());
    }

    private StrengthScore Score(Tensor weights, double strength)
    {
        double loss = 0, counted = 0, logLoss = 0;
        long hits = 0, images = 0;
        var parts = new double[_labels.Length];
        for (var fold = 0; fold < _folds.Count; fold++)
        {
            using var scope = NewDisposeScope();
            var held = _folds.HeldOut(fold);
            var rows = tensor(held);
            var logits = Logits(weights[fold], rows);
            var labels = tensor(Array.ConvertAll(held, image => _labels[image])).to(logits.device);
            var losses = logits.logsumexp(1).sub(logits.gather(1, labels.unsqueeze(1)).squeeze(1)).to(ScalarType.Float64).cpu().data<double>().ToArray();
            var areHits = logits.argmax(1).eq(labels).cpu().data<bool>().ToArray();
            for (var i = 0; i < held.Length; i++)
            {
                var count = _counts[held[i]];
                parts[held[i]] = count * losses[i];
                (loss, counted, logLoss, images) = (loss + (count * losses[i]), counted + count, logLoss + losses[i], images + 1);
                hits += areHits[i] ? 1 : 0;
            }
        }
        return new(strength, loss / counted, logLoss / images, (double)hits / images) { Parts = [.. parts.Select(part => part / counted)] };
    }

    private Tensor Logits(Tensor weights, Tensor rows)
    {
        var logits = _regression.Logits(weights, rows);
        return _scoresMirrored ? logits.Plus(_regression.Logits(weights, rows.Plus(_labels.Length))).Over(2) : logits;
    }
}
