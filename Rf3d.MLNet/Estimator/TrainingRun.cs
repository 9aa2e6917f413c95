using System.Collections.Immutable;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Rf3d.Planning;
using TorchSharp;

namespace Rf3d.MLNet;

/// <summary>One <c>Fit</c> after its plan is made: reads the images, trains, and puts the model together.</summary>
internal sealed class TrainingRun(
    IHostEnvironment environment, Rf3dImageClassificationTrainer.Options options, IChannel channel, NetworkPlan plan, PretrainedChoice start, Size2D resized,
    LabelColumn label, torch.Device device)
{
    private static readonly OptionName Pretrained = new(nameof(options.Pretrained));

    private readonly TransformsCatalog _transforms = MLNetInternals.CreateTransforms(environment);

    private readonly ImagePreprocessing _preprocessing = new()
    {
        ImageColumnName = options.FeatureColumnName,
        Height = resized.Height,
        Width = resized.Width,
        Crop = new(plan.Optimized.Input.Height, plan.Optimized.Input.Width),
        Resizing = start.Preparation?.Resizing ?? options.Resizing,
        Background = start.Preparation is { } prepared ? prepared.Background : options.Background,
    };

    /// <summary>Images in a step: as asked for, and as worked out once it is; null before.</summary>
    public int? BatchSize => options.BatchSize;

    public Rf3dImageClassificationTransformer Run(IDataView trainData, IDataView? validationData)
    {
        using var scope = torch.NewDisposeScope();
        using var store = options.CheckpointDirectory is null ? null : CheckpointStore.Open(options.CheckpointDirectory, channel.Warning);
        var seed = options.Seed ?? store?.Found?.Progress.Seed ?? MLNetInternals.DrawSeed(environment);
        // A training that is resumed has already started from it.
        var source = start.File is null || store?.Found is not null ? null : WarmStartSource.Read(start.File, MLNetInternals.GetTempFilePath(environment));
        var layout = NetworkLayout.Of(plan.Optimized);
        if (source is not null)
            VerifyWarmStart(layout, source);
        var loader = Loader(store);
        using var images = loader.Load(trainData, "training", isShuffled: true);
        using var held = validationData is null ? null : loader.Load(validationData, "validation", isShuffled: false);
        var (training, validation) = Split(images, held, seed);
        RequireTwoClasses(training);
        var isPretrained = start.Network is not null;
        var isProbe = isPretrained && AdaptationChoice.IsProbe(options.Adaptation, training.Count);
        foreach (var warning in DataWarnings.Of(trainData, options.LabelColumnName, images.Index, label.Classes, options.BalancedSampling || options.ClassWeights != ClassWeights.Equal, options.RandomFlip && !(isProbe && training.Count > PretrainedProbe.MostImagesToMirror)))
            channel.Warning(warning);
        WarnOfValidation(training, validation);
        var found = store?.Found;
        var precision = PrecisionChoice.Choose(options.Precision, RunFingerprint.ValueOf<TrainingPrecision>(found?.Origin, nameof(options.Precision)), device, channel.Warning);
        // Memory goes by the network that is trained, not by the one that is saved.
        var trainedLayout = isPretrained && !isProbe ? new TunedNetwork(layout).Layout : layout;
        var onDevice = DeviceImages.Of(training.Set, validation?.Set);
        var batch = BatchSettlement.Of(options, found?.Origin, trainedLayout, training.Count, device, precision, isPretrained, onDevice);
        var hasBranches = found?.Progress.Reparameterization ?? (!isPretrained && UseReparameterization(source));
        var hasWeights = isPretrained || start.File is not null;
        var epochs = EpochChoice.Of(options, training.Count, hasWeights);
        var isStated = options.Epoch is not null;
        if (isProbe && UnusedSettingsWarning.Of(options) is { } unusedSettings)
            channel.Warning(unusedSettings);
        var fewImages = !isStated && epochs > EpochChoice.Usual ? " (more than usual, because there are few images)" : "";
        var settings = Settings(seed, training, precision, batch, epochs, hasBranches);
        if (!isProbe && BatchSettlement.MayBeLowered(options, found?.Origin, device))
        {
            batch = TrialStep.Lower(batch, options.LearningRate, size => TrialStep.Fits(trainedLayout, settings.With(recipe => recipe.BatchSize = size)));
            settings = settings.With(recipe => (recipe.BatchSize, recipe.LearningRate) = (batch.Size, batch.LearningRate));
        }
        // From here on, the chosen values count as set by the user: a resumed training does not choose again.
        options = BatchSettlement.Settled(options, batch, epochs, precision);
        var statistics = NormalisationChoice.Of(options, start, _preprocessing.Crop, channel.Warning) ?? images.Index.Measure(training.Indices.data<long>().ToArray());
        var checkpoints = store is null ? null : Checkpoints(store, RunFingerprint.Of(options, plan, seed, images, held, label.Classes, start.Network?.Sha256, statistics), precision);
        var resumed = found is null ? null : ResumedTraining.From(store!.Folder, found.Progress);

        // It takes a fifth of the time of a training whose last layer alone is learned, from a few hundred images: such a one costs less than to look ahead.
        if (!isProbe || training.Count >= AdaptationChoice.FewestImagesToTune)
            VerifyExport(layout, statistics, trainData);
        if (!hasWeights && ShortTrainingWarning.Of(epochs, training.Count, batch.Size, isStated) is { } shortTraining)
            channel.Warning(shortTraining);
        // A probe has no steps: batch size, learning rate and epochs are not used.
        foreach (var warning in isProbe ? [] : RecipeCheck.Warnings(options, validation is not null))
            channel.Warning(warning);
        var plainStart = source is not null && options.Reparameterization && !hasBranches ? ", without identity branches, as the weights that it starts from" : "";
        var length = isProbe ? "the last layer only, by a logistic regression" : string.Create(
            CultureInfo.InvariantCulture,
            $"{epochs} epochs{fewImages} of batches of {batch.Size} ({batch.Reason}), learning rate up to {batch.LearningRate:0.#####}, {settings.Precision}{plainStart}");
        channel.Info(string.Create(CultureInfo.InvariantCulture, $"Training on {device}: {training.Count} images, {validation?.Count ?? 0} to validate on, seed {seed}, {length}."));
        if (device.type == DeviceType.CUDA && !isProbe)
            channel.Info(TrainingMemory.Of(trainedLayout, settings, onDevice).Describe(CudaDriver.TotalBytes(device.index)));
        if (_preprocessing.Crop != resized)
            channel.Info($"Images are resized to {resized}; the network sees their middle {_preprocessing.Crop} pixels.");
        TrainedNetwork Train(Func<WeightTable, WeightTable>? warmStart) => new TrainingSession(trainedLayout, settings, training, validation, statistics)
        {
            Report = Report,
            Warn = channel.Warning,
            WatchThreads = () => ThreadWatch.For(device, options.Deterministic, settings.Clock, channel.Info),
            Checkpoints = checkpoints,
            WarmStart = warmStart,
        }.Run(options.CancellationToken);
        // Resumed, too: the probe at the end is the same, and so is the network that it is compared with, and the record says where the weights are from.
        var trained = start.Network is { } known
            ? new PretrainedTraining(known, plan, settings, training, validation, statistics) { Model = start.Model, IsAutomatic = options.Pretrained is PretrainedChoice.Automatic, IsResumed = found is not null, Info = channel.Info, Warn = channel.Warning, Report = Report }.Run(weights => Train(weights is { } given ? _ => given : null), options.CancellationToken)
            : Train(source is null ? null : drawn => Start(layout, drawn, source));
        var history = trained.History with { ResumedFrom = resumed };
        if (EarlyStopWarning.Of(history, options.LearningRateSchedule, batch.LearningRate) is { } stopped)
            channel.Warning(stopped);
        var model = ModelOf(layout, CalibratedLayer.Apply(trained.Weights, layout.Classifier, history.Calibration), statistics) with { History = history, Directions = trained.Directions };
        var places = new RoomForModel(MLNetInternals.GetTempFilePath(environment), options.CheckpointDirectory, options.ImageCacheDirectory)
        {
            Warn = channel.Warning,
            WritesCheckpoints = history.Pretrained is not { Adaptation: Adaptation.Probe },
        };
        return new Rf3dImageClassificationTransformer(model, history, places.Build(temporary => BuildChain(model, trainData, temporary)));
    }

    private TrainingSettings Settings(int seed, ImageSubset training, TrainingPrecision precision, BatchChoice batch, int epochs, bool hasBranches) =>
        new(options.With(recipe => (recipe.BatchSize, recipe.LearningRate, recipe.Epoch, recipe.Reparameterization) = (batch.Size, batch.LearningRate, epochs, hasBranches)), seed, device)
        {
            Precision = precision,
            ClassWeights = options.ClassWeights.For(training.ClassCounts(label.Classes.Length)),
            PauseAfterEpoch = options.PauseAfterEpoch,
            RefitsOnValidation = options.RefitOnValidationSet,
        };

    private TrainingCheckpoints Checkpoints(CheckpointStore store, IReadOnlyDictionary<string, string> fingerprint, TrainingPrecision precision)
    {
        var origin = TrainingResumption.Check(
            store, plan, fingerprint, TrainingCheckpoints.HardwareFingerprint(device, precision), options.Deterministic, channel.Warning);
        if (store.Found is { Progress: var progress })
        {
            channel.Info(progress.StopReason is null
                ? string.Create(CultureInfo.InvariantCulture, $"Resuming from the checkpoint in '{store.Folder}': epochs complete: {progress.Epochs.Length}; batches of the next: {progress.Batch}.")
                : $"The training in '{store.Folder}' is complete; its model is loaded.");
        }
        return new TrainingCheckpoints(store, origin, TimeSpan.FromMinutes(options.CheckpointMinutes), TimeProvider.System) { Warn = channel.Warning };
    }

    /// <summary>Weights trained without identity branches, or already merged, must not be given any.</summary>
    private bool UseReparameterization(WarmStartSource? source)
    {
        if (source is null)
            return options.Reparameterization;
        if (source.HaveIdentityBranches && !options.Reparameterization)
        {
            throw new OptionConflictException(
                $"{Pretrained}: '{start.File}' is a checkpoint of a training with identity branches, and {new OptionName(nameof(options.Reparameterization))} is false. Set it to true, or start from the .zip of the model of that training.");
        }
        return source.HaveIdentityBranches;
    }

    /// <summary>Weights that cannot be started from show before the images are read, which may take long.</summary>
    private void VerifyWarmStart(NetworkLayout layout, WarmStartSource source)
    {
        _ = UseReparameterization(source);
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(0);
        using var untrained = new TorchNetwork(layout, generator);
        _ = Match(layout, untrained.Export(), source);
    }

    private WeightTable Start(NetworkLayout layout, WeightTable drawn, WarmStartSource source)
    {
        var match = Match(layout, drawn, source);
        channel.Info($"Weights of '{start.File}' for {match.Matched.Count} layers: {string.Join(", ", match.Matched)}.");
        if (match.Unmatched.Count > 0)
            channel.Warning($"{match.Unmatched.Count} layers start from random weights: {string.Join("; ", match.Unmatched)}.");
        List<string> unused = [.. match.Unused, .. source.UnknownLayers];
        if (unused.Count > 0)
        {
            channel.Warning($"{unused.Count} layers of '{start.File}' have no place in the planned network: {ListedNames.Of(unused)}.");
        }
        return match.Weights;
    }

    private WeightMatch Match(NetworkLayout layout, WeightTable drawn, WarmStartSource source)
    {
        var match = WeightMatch.Of(layout, drawn, source.Weights, source.HaveIdentityBranches ? IdentityBranch.Missing(layout) : null);
        if (match.Matched.Count == 0)
        {
            throw new OptionConflictException(
                $"{Pretrained}: no layer of '{start.File}' fits the planned network '{plan.Optimized.Name}'. {string.Join("; ", match.Unmatched.Take(5))}. Choose weights of this architecture and width, or leave {Pretrained} out. {new OptionName(nameof(options.ContinueFrom))} trains a saved model further, with its own network.");
        }
        return match;
    }

    /// <summary>Assembles a model with untrained weights, so that errors are found before the training.</summary>
    private void VerifyExport(NetworkLayout layout, ChannelStatistics statistics, IDataView trainData)
    {
        // The training will report that the memory is too small for it.
        if (WeightShapes.Zeros(layout) is not { } weights)
            return;
        BuildChain(ModelOf(layout, weights, statistics), trainData).Dispose();
    }

    private TrainedModel ModelOf(NetworkLayout layout, WeightTable weights, ChannelStatistics statistics) => new(plan, layout, weights, statistics, label.Classes, _preprocessing, options.TestTimeFlip)
    {
        LabelColumnName = options.LabelColumnName,
        ScoreColumnName = options.ScoreColumnName,
    };

    private ImageLoader Loader(CheckpointStore? store)
    {
        var caches = new ImageCaches(
            options.ImageCacheDirectory, MLNetInternals.GetTempFilePath(environment), _preprocessing, channel.Info, channel.Warning);
        return new(options.ForReaders(), options.LabelColumnName, _preprocessing, _transforms, caches, device, channel, options.CancellationToken)
        {
            WasStream = store?.Found is { Origin: var origin } ? RunFingerprint.IsOfStream(origin.Fingerprint) : null,
        };
    }

    private (ImageSubset Training, ImageSubset? Validation) Split(ImageSet images, ImageSet? held, int seed)
    {
        if (held is not null)
            return (new(images, TensorArithmetic.Range(images.Count)), new(held, TensorArithmetic.Range(held.Count)));
        var (training, validation) = ValidationSplit.Of(images.Index.Labels(), options.ValidationSetFraction, seed);
        return (new(images, torch.tensor(training)), validation.Length == 0 ? null : new(images, torch.tensor(validation)));
    }

    private void RequireTwoClasses(ImageSubset training)
    {
        var counts = training.Set.ClassCounts(label.Classes.Length);
        var present = label.Classes.Where((_, index) => counts[index] > 0).ToList();
        if (present.Count < 2)
            throw new ArgumentException($"All training images are of the class '{present[0]}'; a classifier needs at least 2 classes.");
        var absent = label.Classes.Where((_, index) => counts[index] == 0).ToList();
        if (absent.Count > 0)
            channel.Warning($"No training image is of the class {ListedNames.Of([.. absent.Select(name => $"'{name}'")])}; the model will rarely predict it.");
    }

    private void WarnOfValidation(ImageSubset training, ImageSubset? validation)
    {
        if (validation is null)
        {
            if (options.ValidationSetFraction > 0)
                channel.Warning("No class has two images, so that none is held out for validation, and nothing measures the model. Add images, or give other validation images.");
            return;
        }
        foreach (var warning in ValidationWarnings.Of(training, validation, label.Classes, options.CancellationToken))
            channel.Warning(warning);
    }

    private void Report(TrainingMetrics metrics)
    {
        if (metrics.IsEpochEnd)
            channel.Info(metrics.ToString());
        options.MetricsCallback?.Invoke(metrics);
    }

    private ScoringChain BuildChain(TrainedModel model, IDataView trainData, string? temporary = null) => ModelAssembly.Chain(environment, model, options, trainData, temporary);
}
