using System.Globalization;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>A training that starts from a pretrained network: its weights for the planned network, the probe, and fine-tuning.</summary>
/// <param name="known">The pretrained network.</param>
/// <param name="plan">The planned network.</param>
/// <param name="settings">How to train.</param>
/// <param name="training">The training images.</param>
/// <param name="validation">The images to validate on; null for none.</param>
/// <param name="statistics">By which images are normalised.</param>
internal sealed class PretrainedTraining(
    PretrainedNetwork known, NetworkPlan plan, TrainingSettings settings, ImageSubset training, ImageSubset? validation, ChannelStatistics statistics)
{
    private const string NotCompared = "The fine-tuned network is kept, and is not compared with the probe, because the training was stopped.";

    // Of drawn letters a classifier on these features was right for 62 % where random weights reached 99 %: docs/journal.md, "Few small images". Photographs of similar classes may be as hard.
    private const double LowAccuracy = 0.8;

    private readonly NetworkLayout _layout = NetworkLayout.Of(plan.Optimized);

    /// <summary>The saved model that the network is of; null for other networks.</summary>
    public ContinuedModel? Model { get; init; }

    /// <summary>
    /// Whether no image, held out or not, has changed the features: those of a model that is continued may have been learned from the images that are held out now, unless only its last layer was learned.
    /// </summary>
    private bool AreFeaturesUnseen => Model is null || Model.HasPretrainedFeatures;

    /// <summary>Whether only the last layer is trained.</summary>
    private bool IsProbe => AdaptationChoice.IsProbe(settings.Recipe.Adaptation, training.Count);

    /// <summary>Whether a fine-tuning resumes from its checkpoint, which has the weights.</summary>
    public bool IsResumed { get; init; }

    /// <summary>Whether the options leave it open what the training starts from.</summary>
    public bool IsAutomatic { get; init; }

    public Action<string> Info { get; init; } = _ => { };

    public Action<string> Warn { get; init; } = _ => { };

    /// <summary>Receives where the pass over the images is, about twice a second, and the figures of the probe.</summary>
    public Action<TrainingMetrics> Report { get; init; } = _ => { };

    /// <param name="fineTune">Trains the network from the weights that it gets; null where it resumes.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="OperationCanceledException">Cancelled before there was a classifier.</exception>
    public TrainedNetwork Run(Func<WeightTable?, TrainedNetwork> fineTune, CancellationToken cancellation)
    {
        var started = settings.Clock.GetTimestamp();
        using var batches = new BatchSource(training.Set, statistics, settings.Device);
        var (planned, kept) = Planned();
        var origin = new PretrainedOrigin
        {
            Name = known.Name,
            Sha256 = known.Sha256,
            License = known.License,
            Model = Model,
            KeptParameters = kept,
            Adaptation = Adaptation.FineTune,
        };
        // A resumed fine-tuning needs the probe for the comparison at the end only: a cancellation of the pass over the images does not cost the epochs that are complete.
        var resumed = IsResumed && !IsProbe ? FineTuned(null, fineTune, batches, cancellation) : null;
        if (resumed is not null && IsPaused(resumed))
            return WithOrigin(resumed, origin);
        if (resumed is not null && cancellation.IsCancellationRequested)
        {
            Info(NotCompared);
            return WithOrigin(resumed, origin);
        }
        PretrainedProbe probe;
        var beforeProbe = settings.Clock.GetTimestamp();
        try
        {
            probe = Probe(Start(planned, batches, cancellation), FeatureReport(started), cancellation);
        }
        catch (OperationCanceledException) when (resumed is not null && cancellation.IsCancellationRequested)
        {
            Info(NotCompared);
            return WithOrigin(resumed, origin);
        }
        var result = probe.Result;
        // Where no class has two images, none can be held out.
        var isCrossValidated = AreFeaturesUnseen && !double.IsNaN(result.CrossValidatedAccuracy);
        origin = origin with
        {
            Adaptation = Adaptation.Probe,
            LearnedValidationImages = probe.LearnedValidation,
            CrossValidatedAccuracy = isCrossValidated ? result.CrossValidatedAccuracy : null,
            CrossValidatedAccuracyInterval = isCrossValidated ? result.AccuracyInterval : null,
            CrossValidatedLogLoss = isCrossValidated ? result.CrossValidatedLogLoss : null,
            Strength = result.Strength,
        };
        Info(!isCrossValidated ? string.Create(CultureInfo.InvariantCulture, $"Probe: a logistic regression on {_layout.Classifier.Inputs} features, strength {result.Strength:0.####}.") : string.Create(
            CultureInfo.InvariantCulture,
            $"Probe: a logistic regression on {_layout.Classifier.Inputs} features classifies {result.CrossValidatedAccuracy:P1} of {result.Folds.FoldOf.Count(fold => fold >= 0)} images in cross-validation (95 % interval {result.AccuracyInterval.Low:P1} to {result.AccuracyInterval.High:P1}), log loss {result.CrossValidatedLogLoss:0.000}, strength {result.Strength:0.####}."));
        if (probe.LearnedValidation)
            Info(string.Create(CultureInfo.InvariantCulture, $"The model then learned from the {validation!.Count} validation images, too."));
        if (IsAutomatic && Model is null && result.AccuracyInterval.High < LowAccuracy)
            Warn(LowAccuracyWarning(result.CrossValidatedAccuracy));
        var metrics = Metrics(probe, settings.Clock.GetElapsedTime(started));
        var ofProbe = settings.Clock.GetElapsedTime(beforeProbe);
        Report(metrics);
        if (IsProbe)
            return Probed(probe, metrics, origin, TrainingStopReason.Completed);
        TrainedNetwork tuned;
        try
        {
            tuned = resumed ?? FineTuned(probe.Weights, fineTune, batches, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested && settings.PauseAfterEpoch is null)
        {
            // Not in an experiment, to which a candidate that was stopped here says nothing.
            Info("Fine-tuning was cancelled before its first epoch was complete. The model is the classifier on pretrained features, from which fine-tuning starts.");
            return Probed(probe, metrics, origin, TrainingStopReason.Cancelled);
        }
        var best = tuned.History.BestEpoch > 0 ? tuned.History.Epochs[tuned.History.BestEpoch - 1] : null;
        var isPaused = IsPaused(tuned);
        origin = origin with { IsChosenByValidation = !isPaused && settings.Recipe.Adaptation is Adaptation.Auto && probe.Validation is not null && best?.ValidationLoss is not null };
        var (probeLoss, tunedLoss) = ComparedLosses(probe.Validation, probe.Calibration, best?.ValidationLoss, tuned.History.Calibration);
        if (origin.IsChosenByValidation && probeLoss < tunedLoss)
        {
            Info(string.Create(CultureInfo.InvariantCulture, $"The probe has the lower loss on the validation images, {probeLoss:0.000} against {tunedLoss:0.000} of the fine-tuned network, and is kept."));
            // A fine-tuning that was cut off may be resumed, and be better in the end. The epochs of a resumed one were trained by other processes, too.
            return Probed(probe, metrics with { Elapsed = ofProbe + (tuned.History.Epochs is [.., var last] ? last.Elapsed : TimeSpan.Zero) }, origin, tuned.History.StopReason is TrainingStopReason.Cancelled ? TrainingStopReason.Cancelled : TrainingStopReason.Completed);
        }
        if (!isPaused && settings.Recipe.Adaptation is Adaptation.Auto && probe.Validation is null)
            Info("The fine-tuned network is kept. There are no validation images to compare it with the probe on.");
        return WithOrigin(tuned, origin with { Adaptation = Adaptation.FineTune });
    }

    /// <summary>
    /// The losses on the validation images by which one of both is kept: calibrated where there is a calibration, whether the saved model has it or not. Label smoothing makes the loss of a fine-tuned network
    /// higher until it is calibrated.
    /// </summary>
    /// <param name="probe">Figures of the probe.</param>
    /// <param name="ofProbe">Its calibration; null where there is none.</param>
    /// <param name="tuned">The loss of the fine-tuned network.</param>
    /// <param name="ofTuned">Its calibration; null where its model has none.</param>
    internal static (double? Probe, double? Tuned) ComparedLosses(ProbeFigures? probe, ProbabilityCalibration? ofProbe, double? tuned, ProbabilityCalibration? ofTuned) =>
        (ofProbe is null ? probe?.Loss : probe?.CalibratedLoss, ofTuned?.LogLossAfter ?? tuned);

    private static TrainedNetwork WithOrigin(TrainedNetwork tuned, PretrainedOrigin origin) => tuned with { History = tuned.History with { Pretrained = origin } };

    private bool IsPaused(TrainedNetwork tuned) => tuned.History.StopReason is TrainingStopReason.Cancelled && tuned.History.Epochs.Length == settings.PauseAfterEpoch;

    /// <summary>The pretrained weights in the places of the planned network, and the number of parameters that it keeps.</summary>
    private (PlannedWeights Planned, long Kept) Planned()
    {
        // The probe takes the place of the classifier: of a network that is kept whole no weight is drawn, which takes a twentieth of the time of a probe.
        var planned = WeightShapes.Zeros(_layout) is { } zeros ? known.For(_layout, zeros) : null;
        // A unit that begins as the identity has drawn kernels, too.
        if (planned is null || planned.Trace.Any(layer => layer.Origin is LayerOrigin.New or LayerOrigin.Identity && layer.Name != _layout.Classifier.Name))
            planned = known.For(_layout, Drawn());
        Info(Trace(planned));
        // The probe takes the place of a classifier that would fit.
        var kept = planned.KeptParameters - planned.Trace.Where(layer => layer.Name == _layout.Classifier.Name && layer.Origin is LayerOrigin.Kept).Sum(layer => layer.Parameters);
        return (planned, kept);
    }

    private WeightTable Drawn()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)settings.Seed);
        using var untrained = new TorchNetwork(_layout, generator);
        return untrained.Export();
    }

    /// <summary>Weights of the planned network, its features matched to those of the whole one where blocks were added or dropped.</summary>
    private WeightTable Start(PlannedWeights planned, BatchSource batches, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var isMatched = planned.HasSameFeatures && planned.Trace.Any(layer => layer.Origin is LayerOrigin.Dropped && layer.Name != _layout.Classifier.Name);
        if (planned.Unsettled.Length > 0 && (isMatched || !IsProbe))
        {
            // Matching and fine-tuning normalise by batches.
            Info($"The weights have no mean and variance for the batch normalisation of {planned.Unsettled.Length} layers: they are measured on training images.");
            planned = planned with { Weights = new NormMeasurement(_layout, training, batches, settings).Settled(planned.Weights, planned.Unsettled, cancellation) };
        }
        if (!isMatched)
            return planned.Weights;
        var images = Math.Min(FeatureMatching.MostImages, training.Count);
        var chosen = training.Indices.index_select(0, TensorArithmetic.Range(images).TimesInPlace(training.Count).FloorOver(images));
        var matching = new FeatureMatching(settings.Device) { Seed = settings.Seed };
        training.Set.Store.Prefetch(new(chosen.data<long>().ToArray(), matching.BatchSize, Pass: null), cancellation);
        var match = matching.Run(NetworkLayout.Of(known.Network), known.Weights, _layout, planned, rows => batches.Load(chosen.index_select(0, rows)), images, cancellation);
        Info(string.Create(CultureInfo.InvariantCulture, $"Features of the planned network, as a distance to those of the whole one: {match.Before:0.00} before and {match.After:0.00} after matching ({match.Steps} steps)."));
        return match.Weights;
    }

    /// <summary>Trains the network with a batch normalisation in the place of each bias that took one over.</summary>
    /// <param name="weights">Where it starts; null where it resumes.</param>
    /// <param name="fineTune">Trains it.</param>
    /// <param name="batches">Loads images.</param>
    /// <param name="cancellation">Ends it.</param>
    private TrainedNetwork FineTuned(WeightTable? weights, Func<WeightTable?, TrainedNetwork> fineTune, BatchSource batches, CancellationToken cancellation)
    {
        var network = new TunedNetwork(_layout);
        if (network.Inserted.Length > 0)
            Info($"{network.Inserted.Length} kernels have a bias in the place of batch normalisation. While they are trained they have one, measured on training images; in the model it is folded into them again.");
        var tuned = fineTune(weights is null ? null : new NormMeasurement(network.Layout, training, batches, settings).Settled(network.Insert(weights), network.Inserted, cancellation));
        return tuned with { Weights = network.Fold(tuned.Weights) };
    }

    private PretrainedProbe Probe(WeightTable weights, Action<FeatureProgress> report, CancellationToken cancellation)
    {
        using var onnx = settings.Device.type is DeviceType.CPU ? new OnnxFeatureExtraction(_layout, weights, statistics) : null;
        var extraction = (IFeatureExtraction?)onnx ?? new FeatureExtraction(_layout, weights, statistics, settings.Device);
        return PretrainedProbe.Of(_layout, weights, settings, training, validation, extraction, report, cancellation);
    }

    private static string LowAccuracyWarning(double accuracy) => string.Create(
        CultureInfo.InvariantCulture,
        $"A classifier on pretrained features is right for {accuracy:P0} of the images in cross-validation, which is usual for photographs of similar classes. If the images are drawings, characters or scans, random weights may be far better ({new OptionName(nameof(Rf3dImageClassificationTrainer.Options.Pretrained))} \"{PretrainedChoice.Nothing}\"; rf3d: --pretrained none). An experiment compares both.");

    private string Trace(PlannedWeights planned)
    {
        var groups = planned.Trace.GroupBy(layer => layer.Origin).OrderBy(group => group.Key)
            .Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Key.ToString().ToLowerInvariant()} {group.Count()}{(group.Key is LayerOrigin.Kept ? "" : $" ({string.Join(", ", group.Select(layer => layer.Name))})")}"));
        return string.Create(CultureInfo.InvariantCulture, $"Layers of '{known.Name}' in the planned network: {string.Join("; ", groups)}. {planned.KeptShare:P0} of its parameters are pretrained.");
    }

    private Action<FeatureProgress> FeatureReport(long started)
    {
        var begun = settings.Clock.GetTimestamp();
        long? last = null;
        return progress =>
        {
            if (progress.Batch < progress.BatchCount && last is { } time && settings.Clock.GetElapsedTime(time) < TrainingSession.ReportInterval)
                return;
            last = settings.Clock.GetTimestamp();
            var elapsed = settings.Clock.GetElapsedTime(begun);
            Report(new()
            {
                Phase = TrainingPhase.Features,
                Epoch = 1,
                EpochCount = 1,
                Batch = progress.Batch,
                BatchCount = progress.BatchCount,
                Loss = double.NaN,
                Accuracy = double.NaN,
                LearningRate = 0,
                ImagesPerSecond = progress.AllImages / Math.Max(1e-9, elapsed.TotalSeconds),
                Elapsed = settings.Clock.GetElapsedTime(started),
                Remaining = elapsed * (((double)progress.BatchCount / progress.Batch) - 1),
                IsEpochEnd = false,
            });
        };
    }

    /// <summary>The figures of the probe as those of one epoch: each image was seen once.</summary>
    private TrainingMetrics Metrics(PretrainedProbe probe, TimeSpan elapsed) => new()
    {
        Phase = TrainingPhase.LastLayer,
        Epoch = 1,
        EpochCount = 1,
        Batch = 1,
        BatchCount = 1,
        Loss = AreFeaturesUnseen ? probe.Training.CalibratedLoss : probe.Training.Loss,
        Accuracy = probe.Training.Accuracy,
        ValidationLoss = AreFeaturesUnseen ? probe.Validation?.CalibratedLoss : probe.Validation?.Loss,
        ValidationAccuracy = probe.Validation?.Accuracy,
        LearningRate = 0,
        ImagesPerSecond = training.Count / Math.Max(1e-9, elapsed.TotalSeconds),
        Elapsed = elapsed,
        Remaining = TimeSpan.Zero,
        IsEpochEnd = true,
    };

    private TrainedNetwork Probed(PretrainedProbe probe, TrainingMetrics metrics, PretrainedOrigin origin, TrainingStopReason reason) => new(probe.Weights, new()
    {
        Epochs = [metrics],
        BestEpoch = 1,
        StopReason = reason,
        Device = settings.Device.ToString(),
        Seed = settings.Seed,
        TrainingImages = training.Count,
        ValidationImages = validation?.Count ?? 0,
        BatchSize = settings.BatchSize,
        LearningRate = settings.Recipe.LearningRate!.Value,
        Precision = TrainingPrecision.Float32,
        Pretrained = origin,
        // The features would be too sure of images that they were learned from. A fine-tuned network is calibrated nevertheless: label smoothing makes it much less sure than that makes it too sure.
        Calibration = AreFeaturesUnseen ? probe.Calibration : null,
    })
    {
        Directions = AreFeaturesUnseen ? probe.Directions : null,
    };
}
