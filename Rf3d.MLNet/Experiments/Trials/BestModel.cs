using Microsoft.ML;

namespace Rf3d.MLNet;

/// <summary>The best model so far, the only one that is kept: in memory, and as a .zip.</summary>
/// <param name="path">Where the .zip is.</param>
/// <param name="metric">The metric that is compared.</param>
internal sealed class BestModel(string path, Rf3dOptimizingMetric metric) : IDisposable
{
    private Rf3dImageClassificationTransformer? _model;
    private Leader? _best;

    // The best for the next process, which knows the trials in the log only: a trial that is stopped in the lead is not there.
    private Leader? _bestInLog;

    /// <summary>Whose it is; null when there is none.</summary>
    public Trial? Owner => _best?.Trial;

    /// <summary>Whether a candidate's checkpoints have the best model, for this process or for the next.</summary>
    public bool Needs(Trial trial) => trial == _best?.Trial || trial == _bestInLog?.Trial;

    /// <summary>Receives a trial of an earlier process, whose model exists as files only.</summary>
    public void Remember(Trial trial)
    {
        NoteLogged(trial);
        _best = _bestInLog;
    }

    /// <summary>Keeps a model if it is the best, and else disposes it.</summary>
    public void Offer(Trial trial, double score, Rf3dImageClassificationTransformer model, DataViewSchema schema)
    {
        if (!IsBetter(score, _best))
        {
            model.Dispose();
            return;
        }
        _model?.Dispose();
        (_best, _model) = (new Leader(trial, score), model);
        AtomicFile.Write(path, stream => new MLContext().Model.Save(model, schema, stream));
    }

    /// <summary>Receives a trial that was just written to the log.</summary>
    public void NoteLogged(Trial trial)
    {
        if (trial is { Exception: null, Score: { } score } && IsBetter(score, _bestInLog))
            _bestInLog = new Leader(trial, score);
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
    private bool IsBetter(double score, Leader? leader) => leader is null || metric.Order(score) >= metric.Order(leader.Score);

    private sealed record Leader(Trial Trial, double Score);
}
