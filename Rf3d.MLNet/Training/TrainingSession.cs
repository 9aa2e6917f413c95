using System.Globalization;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Trains one network, epoch by epoch, and keeps the best by validation.</summary>
internal sealed class TrainingSession
{
    private const int SampleSize = 128;
    private const int SampleBatch = 32;
    internal static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(0.5);

    private readonly NetworkLayout _layout;
    private readonly TrainingSettings _settings;
    private readonly ImageSubset _training;
    private readonly ImageSubset? _validation;
    private readonly ChannelStatistics _statistics;
    private readonly LearningRateCurve _learningRates;
    private HeldOutLogits? _validated;

    public TrainingSession(
        NetworkLayout layout, TrainingSettings settings, ImageSubset training, ImageSubset? validation, ChannelStatistics statistics)
    {
        _layout = layout;
        _settings = settings;
        _training = training;
        _validation = validation;
        _statistics = statistics;
        _learningRates = new LearningRateCurve(settings.Recipe);
    }

    /// <summary>Receives every report; called on the training thread.</summary>
    public Action<TrainingMetrics> Report { get; init; } = _ => { };

    /// <summary>Receives warnings.</summary>
    public Action<string> Warn { get; init; } = _ => { };

    /// <summary>Makes the watch by which the number of threads follows the cores that are free; null for a fixed number.</summary>
    public Func<ThreadWatch?> WatchThreads { get; init; } = () => null;

    /// <summary>Turns the weights that were drawn into those that training starts from; null to start from those drawn.</summary>
    public Func<WeightTable, WeightTable>? WarmStart { get; init; }

    /// <summary>Where the training is saved and taken up again; null for nowhere.</summary>
    public TrainingCheckpoints? Checkpoints { get; init; }

    /// <exception cref="OperationCanceledException">Cancelled before the first epoch was complete, so that there is nothing to keep.</exception>
    /// <exception cref="OptionConflictException">The loss became infinite or not a number in the first epoch.</exception>
    public TrainedNetwork Run(CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)_settings.Seed);
        using var network = new TorchNetwork(_layout, generator);
        if (WarmStart is not null)
            network.Import(WarmStart(network.Export()));
        network.Prepare(_settings);
        using var tensorFloat32 = TensorFloat32.Set(_settings);
        using var batches = new BatchSource(_training.Set, _statistics, _settings.Device);
        using var validationBatches = _validation is null ? null : new BatchSource(_validation.Set, _statistics, _settings.Device);
        using var optimizer = Optimizers.Make(network, _settings);
        using var average = _settings.Recipe.EmaDecay is > 0 and var decay ? new WeightAverage(network, decay) : null;
        using var indexed = _settings.StepForms == StepForms.Gpu ? new IndexedBatches(_training.Set, _settings) : null;
        var augmenter = new Augmenter(batches, _settings, _layout.Network.Classes, generator, indexed);
        using var memory = _training.Set.Store.DecodesMeanwhile ? null : KeptMemory.For(_settings.Device, _settings.Clock);
        using var step = new TrainingStep(network, optimizer, average, augmenter, _settings) { Memory = memory };
        using var best = new WeightSnapshot(network);
        using var norms = NormStatistics.For(network, _layout, _training, batches, _settings);

        using var state = new TrainingState(network, best, average, optimizer, generator, _settings);
        Checkpoints?.Begin(state);
        using var threads = WatchThreads();
        if (state.StopReason is null)
        {
            threads?.Begin(state.UseThreads);
            state.UseThreads(get_num_threads());
        }
        HeldOutLogits? ofBest = null;
        while (state.StopReason is null)
        {
            if (state.Epochs.Count >= _settings.PauseAfterEpoch)
            {
                // The checkpoint of the last epoch is written.
                state.StopReason = TrainingStopReason.Cancelled;
                break;
            }
            var trained = TrainEpoch(state, network, step, threads, generator, cancellation);
            // The averaged weights, where there are any, are measured and kept; training continues with its own.
            average?.PutIn();
            var isCancelled = trained is not null && _validation is not null && norms?.PutIn(cancellation) == false;
            var metrics = trained is null || isCancelled || !best.IsFinite() ? null : Validate(trained, state, network, validationBatches, cancellation);
            if (metrics is null)
            {
                state.StopReason = cancellation.IsCancellationRequested ? TrainingStopReason.Cancelled : TrainingStopReason.NonFiniteLoss;
            }
            else
            {
                state.CompleteEpoch(metrics);
                if (state.BestEpoch == metrics.Epoch)
                    ofBest = _validated;
                if (state.Epochs.Count == _settings.Epochs)
                    state.StopReason = TrainingStopReason.Completed;
                if (_settings.Recipe.EarlyStoppingCriteria?.ShouldStop(state.Epochs) == true)
                    state.StopReason = TrainingStopReason.EarlyStopping;
            }
            norms?.PutBack();
            average?.PutBack();
            // Before the report: code that it calls may throw.
            if (state.StopReason is not TrainingStopReason.NonFiniteLoss || state.BestEpoch > 0)
                Checkpoints?.Save(state);
            if (metrics is not null)
                Report(metrics);
        }
        var end = state.StopReason.Value;
        Explain(end, state, cancellation);
        best.Restore();
        norms?.Complete(_validation is not null, state.Epochs[state.BestEpoch - 1], Warn, cancellation);
        var calibration = Calibrate(ofBest, state, network, validationBatches, cancellation);
        if (network.HasIdentityBranches)
            FoldIdentityBranches(network, batches);
        var history = new TrainingHistory
        {
            Epochs = [.. state.Epochs],
            BestEpoch = state.BestEpoch,
            StopReason = end,
            Device = _settings.Device.ToString(),
            Seed = _settings.Seed,
            TrainingImages = _training.Count,
            ValidationImages = _validation?.Count ?? 0,
            BatchSize = _settings.BatchSize,
            LearningRate = _settings.Recipe.LearningRate!.Value,
            Precision = _settings.Precision,
            ThreadChanges = [.. state.ThreadChanges],
            Calibration = calibration,
        };
        return new(network.Export(), history);
    }

    /// <returns>The figures of the epoch, or null when it was cancelled or its loss stopped being a number.</returns>
    private TrainingMetrics? TrainEpoch(
        TrainingState state, TorchNetwork network, TrainingStep step, ThreadWatch? threads, Generator generator, CancellationToken cancellation)
    {
        network.train();
        // The last, incomplete batch is left out: its noisy statistics would weigh as much as a full one's. Each epoch leaves out others.
        var batchSize = (int)Math.Min(_settings.BatchSize, _training.Count);
        var batchCount = (int)(_training.Count / batchSize);
        using var epochScope = NewDisposeScope();
        if (state.Order is null)
            state.StartEpoch(DrawOrder(state.Epoch, generator));
        Prefetch(state, batchSize, batchCount, cancellation);
        var lastReport = _settings.Clock.GetTimestamp();
        while (state.Batch < batchCount)
        {
            if (cancellation.IsCancellationRequested)
                return null;
            using var stepScope = NewDisposeScope();
            var indices = state.Order!.narrow(0, (long)state.Batch * batchSize, batchSize);
            Tensor loss, logits, labels;
            threads?.StartStep();
            try
            {
                (loss, logits, labels) = step.Run(indices, state.Epoch, RateAt(state, state.Batch, batchCount));
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                // While it waited for the images, before anything was drawn or changed.
                return null;
            }
            state.Sums.Add(loss, logits, labels);
            state.Batch++;
            threads?.AfterStep();
            if (state.Batch == batchCount)
                break;
            Checkpoints?.SaveIfDue(state);
            if (_settings.Clock.GetElapsedTime(lastReport) < ReportInterval)
                continue;
            lastReport = _settings.Clock.GetTimestamp();
            var metrics = Figures(state, batchCount);
            if (!double.IsFinite(metrics.Loss))
                return null;
            Report(metrics);
        }
        var figures = Figures(state, batchCount);
        return double.IsFinite(figures.Loss) ? figures : null;
    }

    private Tensor DrawOrder(int epoch, Generator generator) =>
        _training.Set.Store.Order(_training.Indices, PassOf(epoch)) ?? EpochOrder.Draw(_training, _settings.Recipe.BalancedSampling, generator);

    // Of the seed and the epoch alone, so that a resumed epoch has it too.
    private int PassOf(int epoch) => unchecked((_settings.Seed * -1640531535) + epoch) & int.MaxValue;

    /// <summary>The images of the batches that the epoch still has.</summary>
    private void Prefetch(TrainingState state, int batchSize, int batchCount, CancellationToken cancellation)
    {
        var done = (long)state.Batch * batchSize;
        using var left = state.Order!.narrow(0, done, ((long)batchCount * batchSize) - done);
        _training.Set.Store.Prefetch(new(left.data<long>().ToArray(), batchSize, PassOf(state.Epoch)), cancellation);
    }

    private double RateAt(TrainingState state, int batch, int batchCount) =>
        _learningRates.At(((state.Epoch - 1.0) * batchCount) + batch, batchCount);

    private TrainingMetrics Figures(TrainingState state, int batchCount)
    {
        var (loss, accuracy) = state.Sums.Read();
        var elapsed = state.Elapsed;
        return new TrainingMetrics
        {
            Epoch = state.Epoch,
            EpochCount = _settings.Epochs,
            Batch = state.Batch,
            BatchCount = batchCount,
            Loss = loss,
            Accuracy = accuracy,
            LearningRate = RateAt(state, state.Batch - 1, batchCount),
            ImagesPerSecond = state.Sums.Images / Math.Max(1e-9, state.EpochElapsed.TotalSeconds),
            Elapsed = elapsed,
            Remaining = Times(elapsed, ((double)Math.Min(_settings.PauseAfterEpoch ?? int.MaxValue, _settings.Epochs) * batchCount / (((state.Epoch - 1.0) * batchCount) + state.Batch)) - 1),
            IsEpochEnd = state.Batch == batchCount,
        };
    }

    /// <summary>A time, or the longest that there is: a training that early stopping ends may have any number of epochs.</summary>
    private static TimeSpan Times(TimeSpan time, double factor) => time.Ticks * factor < TimeSpan.MaxValue.Ticks ? time * factor : TimeSpan.MaxValue;

    private void FoldIdentityBranches(TorchNetwork network, BatchSource batches)
    {
        try
        {
            network.MeasureIdentityBranches(Sample(batches));
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // Nothing that goes wrong with a sample is worth the training: the model's results do not depend on it.
            Warn($"The outputs of kernels could not be measured: {error.Message} The model is as good; a training that starts from its .zip may need longer.");
        }
        network.FoldIdentityBranches();
    }

    /// <summary>Training images from all over the set, in batches; each is good until the next.</summary>
    private IEnumerable<Tensor> Sample(BatchSource batches)
    {
        using var scope = NewDisposeScope();
        var count = Math.Min(SampleSize, _training.Count);
        var sample = _training.Indices.index_select(0, TensorArithmetic.Range(count).TimesInPlace(_training.Count).FloorOver(count));
        // As training needs memory for its gradients, this needs it for float32.
        var batch = Math.Min(_settings.BatchSize, SampleBatch);
        _training.Set.Store.Prefetch(new(sample.data<long>().ToArray(), batch, Pass: null), CancellationToken.None);
        foreach (var indices in sample.split(batch))
        {
            using var batchScope = NewDisposeScope();
            yield return batches.Load(indices);
        }
    }

    /// <returns>The figures with those of the validation, or null when it was cancelled.</returns>
    private TrainingMetrics? Validate(
        TrainingMetrics trained, TrainingState state, TorchNetwork network, BatchSource? batches, CancellationToken cancellation)
    {
        if (_validation is null || batches is null)
            return trained;
        network.eval();
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var meter = new EpochMeter(_settings.Device);
        using var outputs = _settings.Recipe.CalibrateProbabilities ? new ValidationLogits(_validation.Count) : null;
        // In float32 the values of a batch take twice the memory that they take in bfloat16, in which the size of a training step was found to fit.
        var isHalved = _settings.Device.type == DeviceType.CUDA && _settings.Precision == TrainingPrecision.BFloat16;
        var batchSize = isHalved ? Math.Max(1, _settings.BatchSize / 2) : _settings.BatchSize;
        _validation.Set.Store.Prefetch(new(_validation.Indices.data<long>().ToArray(), batchSize, Pass: null), cancellation);
        foreach (var indices in _validation.Indices.split(batchSize))
        {
            if (cancellation.IsCancellationRequested)
                return null;
            using var batchScope = NewDisposeScope();
            var labels = batches.Labels(indices);
            Tensor images;
            try
            {
                images = batches.Load(indices);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return null;
            }
            var logits = Score(network, images);
            meter.Add(nn.functional.cross_entropy(logits, labels), logits, labels);
            outputs?.Add(logits, labels);
        }
        var (loss, accuracy) = meter.Read();
        _validated = outputs?.Read();
        return trained with { ValidationLoss = loss, ValidationAccuracy = accuracy, Elapsed = state.Elapsed };
    }

    /// <summary>Chooses the temperature of the probabilities by the outputs for the validation images, which are those of the pass that chose the best epoch.</summary>
    private ProbabilityCalibration? Calibrate(HeldOutLogits? ofBest, TrainingState state, TorchNetwork network, BatchSource? batches, CancellationToken cancellation)
    {
        if (!_settings.Recipe.CalibrateProbabilities || _validation is null)
            return null;
        try
        {
            // The best epoch of a resumed training may be one of another process.
            if (ofBest is null && Validate(state.Epochs[state.BestEpoch - 1], state, network, batches, cancellation) is not null)
                ofBest = _validated;
            return TemperatureChoice.Of(ofBest);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            Warn($"The probabilities could not be calibrated: {error.Message} The classes that the model predicts are the same without it.");
            return null;
        }
    }

    /// <summary>As the exported model scores: the mean over an image and its mirror image, where that is asked for.</summary>
    private Tensor Score(TorchNetwork network, Tensor images) =>
        _settings.Recipe.TestTimeFlip ? network.call(images).Plus(network.call(images.flip(3))).Over(2) : network.call(images);

    private void Explain(TrainingStopReason end, TrainingState state, CancellationToken cancellation)
    {
        if (end is TrainingStopReason.Cancelled)
        {
            if (state.BestEpoch == 0)
                throw new OperationCanceledException("Training was cancelled before its first epoch was complete; there is no model to keep.", cancellation);
            if (cancellation.IsCancellationRequested)
                Warn(string.Create(CultureInfo.InvariantCulture, $"Training was cancelled in epoch {state.Epoch} of {_settings.Epochs}. The model is the one of epoch {state.BestEpoch}."));
        }
        if (end is TrainingStopReason.NonFiniteLoss)
        {
            var advice = OptionText.Of($"Lower {new OptionName(nameof(TrainingRecipe.LearningRate))} (it is {_settings.Recipe.LearningRate}), for instance to a tenth.");
            if (state.BestEpoch == 0)
                throw new OptionConflictException($"The loss became infinite or not a number in the first epoch; there is no model to keep. {advice}");
            Warn(string.Create(CultureInfo.InvariantCulture, $"The loss became infinite or not a number in epoch {state.Epoch}; training stopped. The model is the one of epoch {state.BestEpoch}. {advice}"));
        }
    }
}
