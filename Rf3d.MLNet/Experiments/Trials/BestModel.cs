using Microsoft.ML;

namespace Rf3d.MLNet;

/// <summary>
/// The best of the candidates' latest models that were at hand, the only one that is kept: in memory, and as a .zip. The latest model of a candidate may be worse than the one
/// before, which is then gone, so that another candidate may lead whose model is in its checkpoints alone.
/// </summary>
/// <param name="path">Where the .zip is.</param>
/// <param name="metric">The metric that is compared.</param>
/// <param name="temporary">The folder for ML.NET's temporary files.</param>
internal sealed class BestModel(string path, Rf3dOptimizingMetric metric, string temporary) : IDisposable
{
    private Rf3dImageClassificationTransformer? _model;
    private Trial? _owner;

    /// <summary>The candidate with the best score, as <see cref="InOrder"/> has them. Null where none has a model.</summary>
    public Trial? Leader(IEnumerable<Trial> trials) => InOrder(trials).FirstOrDefault();

    /// <summary>
    /// The candidates that have a model, from the best to the worst score. Of a few images several models often classify as many correctly: at a tie one that is trained to the end comes first, then the lower
    /// log loss, the one of more epochs, and the one that ranks higher.
    /// </summary>
    public IEnumerable<Trial> InOrder(IEnumerable<Trial> trials) => trials.Where(trial => trial.Score is not null)
        .OrderByDescending(trial => metric.Order(trial.Score!.Value))
        .ThenByDescending(trial => trial.IsComplete)
        .ThenBy(trial => trial.LogLoss ?? double.PositiveInfinity)
        .ThenByDescending(trial => trial.Epochs)
        .ThenBy(trial => trial.Candidate.Rank);

    /// <summary>Receives the latest model of a candidate, which has its score already. Keeps it in place of the candidate's own or of a worse one, and else disposes it.</summary>
    public void Offer(Trial trial, Rf3dImageClassificationTransformer model, DataViewSchema schema)
    {
        if (_owner is not null && _owner != trial && Leader([trial, _owner]) != trial)
        {
            model.Dispose();
            return;
        }
        _model?.Dispose();
        (_owner, _model) = (trial, model);
        AtomicFile.Write(path, stream => new MLContext { TempFilePath = temporary }.Model.Save(model, schema, stream));
    }

    /// <summary>Hands the model of a candidate over, if it is in memory.</summary>
    public Rf3dImageClassificationTransformer? Release(Trial trial)
    {
        if (_owner != trial)
            return null;
        var model = _model;
        (_owner, _model) = (null, null);
        return model;
    }

    public void Dispose() => _model?.Dispose();
}
