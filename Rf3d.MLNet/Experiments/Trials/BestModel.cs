using Microsoft.ML;

namespace Rf3d.MLNet;

/// <summary>The best model so far, the only one that is kept: in memory, and as a .zip.</summary>
/// <param name="path">Where the .zip is.</param>
/// <param name="metric">The metric that is compared.</param>
internal sealed class BestModel(string path, Rf3dOptimizingMetric metric) : IDisposable
{
    private Rf3dImageClassificationTransformer? _model;
    private double _score;

    /// <summary>Whose it is; null when there is none.</summary>
    public Trial? Owner { get; private set; }

    /// <summary>Receives a trial of an earlier process, whose model exists as files only.</summary>
    public void Remember(Trial trial)
    {
        if (trial.Score is { } score && IsBetter(score))
            (Owner, _score) = (trial, score);
    }

    /// <summary>Keeps a model if it is the best, and else disposes it.</summary>
    public void Offer(Trial trial, double score, Rf3dImageClassificationTransformer model, DataViewSchema schema)
    {
        if (!IsBetter(score))
        {
            model.Dispose();
            return;
        }
        _model?.Dispose();
        (Owner, _score, _model) = (trial, score, model);
        AtomicFile.Write(path, stream => new MLContext().Model.Save(model, schema, stream));
    }

    /// <summary>Hands the model over, if it is in memory.</summary>
    public Rf3dImageClassificationTransformer? Release()
    {
        var model = _model;
        _model = null;
        return model;
    }

    public void Dispose() => _model?.Dispose();

    // At a tie the later one, which is the one of more epochs.
    private bool IsBetter(double score) => Owner is null || metric.Order(score) >= metric.Order(_score);
}
