using Microsoft.ML;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>A trained classifier, and the data it was trained on.</summary>
internal sealed record TrainedClassifier(Rf3dImageClassificationTransformer Model, MLContext Context, DataSets Data, TimeSpan Elapsed) : IFinishedTraining
{
    /// <summary>Whether the training was cut off, and not all of it done.</summary>
    public bool IsCancelled => Model.History.StopReason == TrainingStopReason.Cancelled;

    // A classifier on pretrained features is trained in one pass, without checkpoints.
    bool IFinishedTraining.HasCheckpoint => Model.History.Pretrained is not { Adaptation: Adaptation.Probe };

    TrainedClassifier IFinishedTraining.Best => this;

    IReadOnlyList<Rf3dCandidate> IFinishedTraining.Candidates => [];

    public void Save(string path) => Context.Model.Save(Model, Data.Train.Schema, path);

    public void Dispose() => Model.Dispose();

    ICommandResult IFinishedTraining.Describe(TrainingResult model) => model;
}
