using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>An experiment that is over.</summary>
/// <param name="Result">The result of the experiment.</param>
/// <param name="Best">The best model, and the images.</param>
/// <param name="Directory">Its folder.</param>
/// <param name="FinishedBefore">Trials that an earlier process had finished.</param>
/// <param name="IsCancelled">Whether its user ended it.</param>
internal sealed record FinishedExperiment(Rf3dExperimentResult Result, TrainedClassifier Best, string Directory, int FinishedBefore, bool IsCancelled) : IFinishedTraining
{
    /// <summary>Whether the time limit ended it, and something is left to train.</summary>
    public bool IsTimeOver => !IsCancelled && !Result.IsComplete;

    public bool HasCheckpoint => true;

    public IReadOnlyList<Rf3dCandidate> Candidates => Result.Candidates;

    public ICommandResult Describe(TrainingResult model) => new ExperimentResult(this, model with { IsBestOfCandidates = ValidationChoice.IsBestOf(Candidates) });

    public void Dispose() => Result.Dispose();
}

/// <summary>Runs an experiment, and shows how it goes.</summary>
/// <param name="console">Progress is written to its <see cref="CommandConsole.Out"/>, or to <see cref="CommandConsole.Error"/> where the results are for a script.</param>
/// <param name="isForScript">Whether the results are JSON.</param>
internal sealed class ClassifierExperiment(CommandConsole console, bool isForScript)
{
    private readonly HashSet<string> _warnings = [];

    /// <exception cref="CommandException">The experiment cannot be run, or came to nothing.</exception>
    /// <exception cref="CommandCanceledException">Cancelled before there was a model to keep.</exception>
    public FinishedExperiment Run(Rf3dExperimentSettings settings, MLContext mlContext, DataSets data, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var progress = isForScript ? console.Error : console.Out;
        TorchBackend.Prepare();
        mlContext.Log += Warn;
        using var lines = new ExperimentProgress(progress, console.IsTerminal && !isForScript, console.Rich.Profile.Width, settings);
        (settings.PlanCallback, settings.TrialCallback, settings.CancellationToken) = (lines.Report, lines.Report, cancellation);
        Rf3dExperimentResult result;
        try
        {
            var experiment = mlContext.MulticlassClassification.CreateRf3dExperiment(settings);
            progress.WriteLine(data.Summary);
            progress.WriteLine("Planning and measuring the candidates");
            result = experiment.Execute(data.Train, data.Validation, progressHandler: lines);
        }
        catch (OperationCanceledException error)
        {
            throw new CommandCanceledException("The experiment was cancelled before there was a model to keep.", error);
        }
        catch (TimeoutException error)
        {
            throw new CommandException(Numbers.Text($"The {settings.MaxExperimentTimeInSeconds} seconds of --train-time were over before there was a model to keep. Raise --train-time, or choose smaller networks or fewer images."), inner: error);
        }
        lines.Dispose();
        var best = new TrainedClassifier(result.BestRun.Model!, mlContext, data, clock.Elapsed);
        return new(result, best, settings.ExperimentDirectory!, lines.FinishedTrials, cancellation.IsCancellationRequested);
    }

    /// <summary>Warnings of the images come from each trial.</summary>
    private void Warn(object? sender, LoggingEventArgs log)
    {
        if (log.Kind == ChannelMessageKind.Warning && log.Source is nameof(Rf3dImageClassificationTrainer) or nameof(Rf3dExperiment) && _warnings.Add(log.RawMessage))
            console.Error.WriteLine($"warning: {log.RawMessage}");
    }
}
