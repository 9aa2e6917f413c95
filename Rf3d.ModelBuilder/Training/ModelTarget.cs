using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>Where a trained model goes, with all that goes with it. Until it is complete, the old files stay.</summary>
/// <param name="interrupted">Marks the model that an interrupted training leaves; null where the command cannot resume.</param>
internal abstract class ModelTarget(InterruptedModel? interrupted) : IDisposable
{
    /// <summary>The .zip, once it is in its place.</summary>
    public abstract string Model { get; }

    /// <summary>Where to save it until then.</summary>
    public abstract string StagedModel { get; }

    /// <summary>The folder beside the output: the model is kept in it where it cannot get its place. It is there after <see cref="Open"/>.</summary>
    public virtual string Folder => Path.GetDirectoryName(Model)!;

    /// <summary>Called before the model is moved to its place: what reads it under its other name has ended when this returns. Null for nothing.</summary>
    public Action? Placing { get; set; }

    /// <summary>Whether the same command resumes the training.</summary>
    public bool CanResume => interrupted is not null;

    /// <summary>Makes the folders that it needs: called when the images can be read, before they are trained on.</summary>
    public virtual void Open()
    {
    }

    /// <summary>Puts the model, which is saved and measured, and all that belongs to it in place.</summary>
    /// <param name="finished">The training.</param>
    /// <param name="evaluation">How good the model is.</param>
    /// <param name="error">Receives why there is no report.</param>
    /// <param name="cancellation">Leaves the report out, which reads all images once more.</param>
    /// <returns>Path of the report; null where there is none.</returns>
    public abstract string? Complete(IFinishedTraining finished, ImageEvaluation evaluation, TextWriter error, CancellationToken cancellation);

    /// <summary>The comparison with the model that the training continued, after <see cref="Complete"/>; null where it continued none.</summary>
    public virtual ContinuationResult? Continuation => null;

    /// <summary>The next steps with the model, as text.</summary>
    public virtual void WriteNextSteps(TextWriter output)
    {
    }

    public abstract void Dispose();

    protected static TrainingOutcome Outcome(IFinishedTraining finished, ImageEvaluation evaluation) =>
        new(evaluation.MicroAccuracy, finished.Best.Elapsed.TotalSeconds, finished.Best.Model.History);

    protected void Expect() => interrupted?.Expect(StagedModel);

    protected void Remember(IFinishedTraining finished) => interrupted?.Remember(finished.IsCancelled);
}
