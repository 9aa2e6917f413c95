using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>The result of a command: one trained network, or those of an experiment.</summary>
internal interface IFinishedTraining : IDisposable
{
    /// <summary>The model to keep, and its images.</summary>
    TrainedClassifier Best { get; }

    /// <summary>Whether it was cut off, so that the same command can resume it.</summary>
    bool IsCancelled { get; }

    /// <summary>Whether a command with a folder of checkpoints has the model in it, so that the same command does not train it again.</summary>
    bool HasCheckpoint { get; }

    /// <summary>All candidates of an experiment; none of a training.</summary>
    IReadOnlyList<Rf3dCandidate> Candidates { get; }

    /// <summary>The result of the command.</summary>
    /// <param name="model">The model and how good it is.</param>
    ICommandResult Describe(TrainingResult model);
}

/// <summary>The result of a command, as text or JSON.</summary>
internal interface ICommandResult
{
    void Write(CommandConsole console);

    string ToJson();
}
