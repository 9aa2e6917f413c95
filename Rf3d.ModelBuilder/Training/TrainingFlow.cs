using Microsoft.ML;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>
/// The flow of every command that trains: opens the images, trains, saves the model to a temporary file, measures it, moves it and its other files into place, and shows the result.
/// Errors of the command line and of the target are found before, when these are created.
/// </summary>
/// <param name="console">Where results and progress go.</param>
/// <param name="isForScript">Whether the result is JSON; then progress goes to <see cref="CommandConsole.Error"/>.</param>
/// <param name="cancellation">Ends the training; the model so far is kept.</param>
internal sealed class TrainingFlow(CommandConsole console, bool isForScript, CancellationToken cancellation)
{
    /// <summary>Trains one network.</summary>
    /// <returns>The exit code.</returns>
    public int Train(TrainingRequest request, ModelTarget target) =>
        Run(request, target, (mlContext, data) => new ClassifierTraining(console, isForScript) { OutputFolder = Path.GetDirectoryName(target.StagedModel) }.Run(request, mlContext, data, cancellation));

    /// <summary>Runs an experiment.</summary>
    /// <returns>The exit code.</returns>
    public int Train(TrainingRequest request, Rf3dExperimentSettings settings, ModelTarget target) =>
        Run(request, target, (mlContext, data) => new ClassifierExperiment(console, isForScript).Run(settings, mlContext, data, cancellation));

    private int Run(TrainingRequest request, ModelTarget target, Func<MLContext, DataSets, IFinishedTraining> train)
    {
        var (mlContext, data) = ClassifierTraining.Load(request);
        target.Open();
        using var finished = train(mlContext, data);
        // The weights in an experiment or a checkpoint are not lost anyway.
        var isKept = target.CanResume && finished.HasCheckpoint;
        var (name, progress) = (Path.GetFileNameWithoutExtension(target.Model), isForScript ? console.Error : console.Out);
        TrainingResult Finish()
        {
            finished.Best.Save(target.StagedModel);
            using var cancelled = new CancelledModel(target.StagedModel, isKept ? null : ModelRescue.PathIn(target.Folder, name), progress.WriteLine, cancellation);
            target.Placing = cancelled.Close;
            var evaluation = Evaluate(request, target, data, isKept);
            var report = target.Complete(finished, evaluation, console.Error, cancellation);
            return new(target.Model, finished.Best, evaluation) { ReportPath = report, Continuation = target.Continuation };
        }
        var result = finished.Describe(isKept
            ? Finish()
            : ModelRescue.Run(finished.Best.Save, name, target.Folder, Finish));
        if (isForScript)
        {
            console.Out.WriteLine(result.ToJson());
        }
        else
        {
            result.Write(console);
            target.WriteNextSteps(console.Out);
        }
        return cancellation.IsCancellationRequested ? ExitCode.Cancelled : target.Continuation is { Candidate: not null } ? ExitCode.Failed : ExitCode.Ok;
    }

    private ImageEvaluation Evaluate(TrainingRequest request, ModelTarget target, DataSets data, bool isKept)
    {
        try
        {
            return ClassifierTraining.Evaluate(target.StagedModel, data, request, console.Error);
        }
        catch (Exception error) when (isKept && error is CommandException or InvalidDataException or IOException)
        {
            throw new CommandException($"{ErrorText.Of(error)} Finished trainings are kept: the same command resumes from there.", inner: error);
        }
    }
}
