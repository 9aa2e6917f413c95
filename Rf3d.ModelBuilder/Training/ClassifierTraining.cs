using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Rf3d.MLNet;
using Rf3d.Planning;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.ModelBuilder;

/// <summary>Plans and trains one classifier, and shows how it goes.</summary>
/// <param name="console">Progress is written to its <see cref="CommandConsole.Out"/>, or to <see cref="CommandConsole.Error"/> where the results are for a script.</param>
/// <param name="isForScript">Whether the results are JSON.</param>
internal sealed class ClassifierTraining(CommandConsole console, bool isForScript)
{
    /// <summary>Where the model is going to be written, which must have room for it; null for nowhere.</summary>
    public string? OutputFolder { get; init; }

    private readonly TextWriter _progress = isForScript ? console.Error : console.Out;

    /// <summary>The images of a request, so that errors in them are reported before anything else happens.</summary>
    /// <exception cref="CommandException">The request has options that do not go together.</exception>
    public static (MLContext Context, DataSets Data) Load(TrainingRequest request)
    {
        if (request is { CheckpointDirectory: not null, FitsEpochsToTime: true })
        {
            throw new CommandException(
                "--checkpoint-directory with a time for the training needs a number of epochs, too (--epoch, or TrainingOption.Rf3d.Epoch in a .mbconfig file): how many fit is measured each time, and a training is resumed only with the options that it began with.");
        }
        var mlContext = new MLContext(request.Seed);
        return (mlContext, DataSets.Load(mlContext, request));
    }

    /// <exception cref="CommandCanceledException">Cancelled before the first epoch was complete.</exception>
    public TrainedClassifier Run(TrainingRequest request, MLContext mlContext, DataSets data, CancellationToken cancellation)
    {
        var begun = console.Clock.GetTimestamp();
        TorchBackend.Prepare();
        var options = request.Options();
        // Test images measure the result.
        options.RefitOnValidationSet = data.Test is not null;
        mlContext.Log += Warn;
        var plan = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Plan(data.Train);
        var startNote = StartNote.Of(options, plan, data.Train.FileCount);
        // Found once: the images are not looked at again for it.
        (options.ImageHeight, options.ImageWidth) = (plan.Original.Input.Height, plan.Original.Input.Width);
        if (OutputFolder is not null)
            FreeSpace.Require(OutputFolder, plan);
        ShowPlan(plan, data);
        if (ImageSizeNote.Of(options.Architecture ?? Architecture.ResNet18Slim, options.WidthMultiplier, plan) is { } note)
            _progress.WriteLine(note);
        if (startNote is not null)
            _progress.WriteLine(startNote);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var line = new TrainingProgressLine(_progress, console.IsTerminal && !isForScript, console.Rich.Profile.Width);
        var (isTimeOver, isTooShort, hasModel) = (false, false, false);
        var resume = request.CheckpointDirectory is { } folder ? $" The same command resumes it from '{folder}'." : "";
        var model = Fit();
        line.Dispose();
        Tell(model.History, isTooShort ? "No further epoch fits into --train-time" : isTimeOver ? "The time of --train-time is over" : "Cancelled", resume);
        if (data.TurnedImageCount is > 0 and var turned)
            _progress.WriteLine($"{Numbers.Count(turned)} images were turned upright, as the orientation in their EXIF data says; --no-orientation takes them as they are stored.");
        // The time of an interrupted training before counts, too.
        var (trained, now) = (model.History.Epochs is [.., var last] ? last.Elapsed : TimeSpan.Zero, Elapsed());
        return new(model, mlContext, data, trained > now ? trained : now);

        TimeSpan Elapsed() => console.Clock.GetElapsedTime(begun);

        Rf3dImageClassificationTransformer Fit()
        {
            try
            {
                if (request is { FitsEpochsToTime: true, TrainTime: { } seconds } && FitEpochs(options, mlContext, data, seconds, Elapsed, line, cancellation) is { } complete)
                {
                    isTooShort = complete.History.StopReason is TrainingStopReason.Cancelled && !cancellation.IsCancellationRequested;
                    return complete;
                }
                (options.CancellationToken, options.MetricsCallback) = (end.Token, Report);
                return mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(data.Train, data.Validation);
            }
            catch (OperationCanceledException error)
            {
                throw new CommandCanceledException($"Training was cancelled before its first epoch was complete; there is no model to keep.{resume}", error);
            }
        }

        void Report(TrainingMetrics metrics)
        {
            line.Report(metrics);
            // Not before there is a model to keep, and not when all is done anyway.
            hasModel |= metrics.Epoch > 1 || (metrics.IsEpochEnd && (metrics.Phase is TrainingPhase.Epochs || options.Adaptation is Adaptation.Auto));
            var isDone = metrics.IsEpochEnd && metrics.Epoch == metrics.EpochCount;
            if (request.TrainTime is not { } limit || Elapsed().TotalSeconds < limit || !hasModel || isDone)
                return;
            isTimeOver = true;
            end.Cancel();
        }
    }

    /// <summary>Measures a saved model on the images of its training, and lists those that were left out.</summary>
    public static ImageEvaluation Evaluate(string modelPath, DataSets data, TrainingRequest request, TextWriter report)
    {
        using var classifier = Load(modelPath);
        var evaluation = Evaluator.Run(classifier, data.ForEvaluation, ImageSizeLimit.Pixels(request.MaxMegapixels), request.SkipBadImages, report.WriteLine, CancellationToken.None);
        // Not before: test images are read only here.
        foreach (var image in data.Skipped())
            report.WriteLine($"Skipped {Printable.Line(image.Path)}: {image.Reason}");
        return evaluation;
    }

    /// <summary>A saved model, whose network ML.NET writes to a temporary file: beside the model where there is no room elsewhere.</summary>
    public static Rf3dSavedModel Load(string modelPath)
    {
        try
        {
            return Rf3dSavedModel.Load(new MLContext(), modelPath);
        }
        catch (IOException)
        {
            // No room for ML.NET's temporary file of the network: beside the model there was room for all of it.
            return Rf3dSavedModel.Load(new MLContext { TempFilePath = Path.GetDirectoryName(modelPath)! }, modelPath);
        }
    }

    /// <summary>Sets the epochs that fit into the time.</summary>
    /// <returns>The finished model where none are trained, but a classifier on pretrained features; else null.</returns>
    private Rf3dImageClassificationTransformer? FitEpochs(
        TrainerOptions options, MLContext mlContext, DataSets data, double seconds, Func<TimeSpan> elapsed, TrainingProgressLine line, CancellationToken cancellation)
    {
        // Another training repeats the warnings, if there is one.
        List<LoggingEventArgs> logged = [];
        mlContext.Log -= Warn;
        mlContext.Log += Keep;
        var warmUp = options.WarmUpEpochs;
        var fitting = TimeBudget.Measure(mlContext, options, data, seconds, elapsed, line.Report, cancellation);
        mlContext.Log -= Keep;
        mlContext.Log += Warn;
        line.Dispose();
        if (fitting.Model is { } model)
        {
            if (fitting.EpochSeconds > 0)
                _progress.WriteLine(Numbers.Text($"An epoch of fine-tuning takes about {fitting.EpochSeconds:0.0} seconds, longer than --train-time leaves."));
            logged.ForEach(log => Warn(mlContext, log));
            return model;
        }
        (options.Epoch, options.WarmUpEpochs) = (fitting.Epochs, TimeBudget.WarmUp(warmUp, fitting.Epochs));
        _progress.WriteLine(fitting.EpochSeconds > seconds - elapsed().TotalSeconds
            ? Numbers.Text($"An epoch takes about {fitting.EpochSeconds:0} seconds, longer than --train-time leaves: one epoch is trained, because there is no model without it.")
            : Numbers.Text($"An epoch takes about {fitting.EpochSeconds:0.0} seconds: {fitting.Epochs} of them in {seconds:0} seconds."));
        if (options.WarmUpEpochs < warmUp)
            _progress.WriteLine(Numbers.Text($"--warm-up-epochs is lowered from {warmUp} to {options.WarmUpEpochs}, the number of epochs."));
        return null;

        void Keep(object? sender, LoggingEventArgs log)
        {
            if (log.Kind == ChannelMessageKind.Warning)
                logged.Add(log);
        }
    }

    private void Tell(TrainingHistory history, string reason, string resume)
    {
        if (history.ResumedFrom is { } from)
        {
            _progress.WriteLine(from.WasComplete
                ? $"The training in '{from.Folder}' was complete; its model was loaded."
                : Numbers.Text($"Resumed from '{from.Folder}': {from.Epochs} epochs were complete, and {from.Batches} steps of the next."));
        }
        if (history.Pretrained is { } origin)
        {
            var probe = origin.CrossValidatedAccuracy is { } accuracy
                ? Numbers.Text($"; in cross-validation {accuracy:P1} of the training images (95 % interval {origin.CrossValidatedAccuracyInterval?.Low:P1} to {origin.CrossValidatedAccuracyInterval?.High:P1})")
                : "";
            _progress.WriteLine(Numbers.Text($"Started from '{origin.Name}'{(origin.License is null ? "" : $" ({origin.License})")}, {(origin.Adaptation is Adaptation.Probe ? "a logistic regression on its features" : "fine-tuned")}{probe}"));
            if (origin.LearnedValidationImages)
                _progress.WriteLine(Numbers.Text($"The classifier then learned from the {Numbers.Count(history.ValidationImages)} validation images, too."));
        }
        if (ThreadNote.Of(history.ThreadChanges) is { } threads)
            _progress.WriteLine(threads);
        if (history.StopReason == TrainingStopReason.Cancelled)
            _progress.WriteLine(Numbers.Text($"{reason}; the model is {(history.Pretrained is { Adaptation: Adaptation.Probe } ? "the classifier on pretrained features" : $"the one of epoch {history.BestEpoch}")}, the best so far.{resume}"));
    }

    private void ShowPlan(NetworkPlan plan, DataSets data)
    {
        _progress.WriteLine(data.Summary);
        _progress.WriteLine(Numbers.Text($"{plan.Original.Name} on {plan.Original.Input.Height}x{plan.Original.Input.Width} images: units [{string.Join(',', plan.Original.GetStageDepths())}] become [{string.Join(',', plan.Optimized.GetStageDepths())}], {Numbers.Count(plan.OptimizedCost.Parameters)} parameters, {plan.OptimizedCost.Macs / 1e6:0.0} million MACs an image"));
    }

    private void Warn(object? sender, LoggingEventArgs log)
    {
        if (log.Kind == ChannelMessageKind.Warning && log.Source == nameof(Rf3dImageClassificationTrainer))
            console.Error.WriteLine($"warning: {log.RawMessage}");
    }
}
