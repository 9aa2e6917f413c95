using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Trains one network, epoch by epoch, and keeps the best by validation.</summary>
internal sealed class TrainingSession
{
    private const int EvaluationBatch = 256;
    private const int StepsBetweenCollections = 8;
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(0.5);

    private readonly NetworkLayout _layout;
    private readonly TrainingSettings _settings;
    private readonly ImageSubset _training;
    private readonly ImageSubset? _validation;
    private readonly ChannelStatistics _statistics;
    private readonly List<TrainingMetrics> _epochs = [];
    private int _bestEpoch;
    private long _started;

    public TrainingSession(
        NetworkLayout layout, TrainingSettings settings, ImageSubset training, ImageSubset? validation, ChannelStatistics statistics)
    {
        _layout = layout;
        _settings = settings;
        _training = training;
        _validation = validation;
        _statistics = statistics;
    }

    /// <summary>Hears of every report; called on the training thread.</summary>
    public Action<TrainingMetrics> Report { get; init; } = _ => { };

    /// <summary>Hears of what a user should know although training goes on or ends well.</summary>
    public Action<string> Warn { get; init; } = _ => { };

    /// <exception cref="OperationCanceledException">Cancelled before the first epoch was complete, so that there is nothing to keep.</exception>
    /// <exception cref="InvalidOperationException">The loss became infinite or not a number in the first epoch.</exception>
    public TrainedNetwork Run(CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)_settings.Seed);
        using var network = new TorchNetwork(_layout, generator);
        network.to(_settings.Device);
        if (_settings.Device.type == DeviceType.CPU)
            network.UseChannelsLast();
        using var batches = new BatchSource(_training.Set, _statistics, _settings.Device);
        using var validationBatches = _validation is null ? null : new BatchSource(_validation.Set, _statistics, _settings.Device);
        using var optimizer = Optimizers.Make(network, _settings);
        using var average = _settings.WeightAverageDecay is { } decay ? new WeightAverage(network, decay) : null;
        var augmenter = new Augmenter(batches, _settings, _layout.Network.Classes, generator);
        using var step = new TrainingStep(network, optimizer, average, augmenter, _settings);
        using var best = new WeightSnapshot(network);

        _started = _settings.Clock.GetTimestamp();
        var end = TrainingEnd.Completed;
        for (var epoch = 1; epoch <= _settings.Epochs; epoch++)
        {
            var trained = TrainEpoch(epoch, network, step, generator, cancellation);
            // What is measured and kept are the averaged weights, where there are any; training goes on with its own.
            average?.PutIn();
            var metrics = trained is null || !best.IsFinite() ? null : Validate(trained, network, validationBatches, cancellation);
            if (metrics is null)
            {
                end = cancellation.IsCancellationRequested ? TrainingEnd.Cancelled : TrainingEnd.NonFiniteLoss;
                break;
            }
            _epochs.Add(metrics);
            if (IsBest(metrics))
            {
                _bestEpoch = epoch;
                best.Take();
            }
            average?.PutBack();
            Report(metrics);
            if (_settings.EarlyStopping?.ShouldStop(_epochs) == true)
            {
                end = TrainingEnd.EarlyStopping;
                break;
            }
        }
        Explain(end, cancellation);
        best.Restore();
        var history = new TrainingHistory(
            [.. _epochs], _bestEpoch, end, _settings.Device.ToString(), _settings.Seed, _training.Count, _validation?.Count ?? 0);
        return new(network.Export(), history);
    }

    /// <returns>The figures of the epoch, or null when it was cancelled or its loss stopped being a number.</returns>
    private TrainingMetrics? TrainEpoch(
        int epoch, TorchNetwork network, TrainingStep step, Generator generator, CancellationToken cancellation)
    {
        network.train();
        // The last, incomplete batch is left out: its noisy statistics would weigh as much as a full one's. Each epoch leaves out others.
        var batchSize = (int)Math.Min(_settings.BatchSize, _training.Count);
        var batchCount = (int)(_training.Count / batchSize);
        using var epochScope = NewDisposeScope();
        using var meter = new EpochMeter(_settings.Device);
        var order = EpochOrder.Draw(_training, _settings.BalancedSampling, generator);
        var learningRates = _settings.LearningRates;
        var epochStart = _settings.Clock.GetTimestamp();
        var lastReport = epochStart;
        for (var batch = 0; batch < batchCount; batch++)
        {
            if (cancellation.IsCancellationRequested)
                return null;
            using var stepScope = NewDisposeScope();
            var done = ((epoch - 1.0) * batchCount) + batch;
            var rate = learningRates.At(done, batchCount);
            var indices = order.narrow(0, (long)batch * batchSize, batchSize);
            var (loss, logits, labels) = step.Run(indices, rate);
            meter.Add(loss, logits, labels);
            // TorchSharp leaves small native objects to the finalizer. Between them glibc cannot join what the large tensors gave back: without
            // a collection now and then the process grows to several times what training needs. It takes less than a thousandth of the time.
            if (batch % StepsBetweenCollections == 0)
                GC.Collect(0);

            var isLast = batch + 1 == batchCount;
            if (!isLast && _settings.Clock.GetElapsedTime(lastReport) < ReportInterval)
                continue;
            lastReport = _settings.Clock.GetTimestamp();
            var (meanLoss, accuracy) = meter.Read();
            if (!double.IsFinite(meanLoss))
                return null;
            var elapsed = _settings.Clock.GetElapsedTime(_started);
            var metrics = new TrainingMetrics
            {
                Epoch = epoch,
                EpochCount = _settings.Epochs,
                Batch = batch + 1,
                BatchCount = batchCount,
                Loss = meanLoss,
                Accuracy = accuracy,
                LearningRate = rate,
                ImagesPerSecond = meter.Images / Math.Max(1e-9, _settings.Clock.GetElapsedTime(epochStart).TotalSeconds),
                Elapsed = elapsed,
                Remaining = elapsed * (((double)_settings.Epochs * batchCount / (done + 1)) - 1),
                IsEpochEnd = isLast,
            };
            if (isLast)
                return metrics;
            Report(metrics);
        }
        throw new InvalidOperationException("An epoch needs at least one batch.");
    }

    /// <returns>The figures with those of the validation, or null when it was cancelled.</returns>
    private TrainingMetrics? Validate(TrainingMetrics trained, TorchNetwork network, BatchSource? batches, CancellationToken cancellation)
    {
        if (_validation is null || batches is null)
            return trained;
        network.eval();
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var meter = new EpochMeter(_settings.Device);
        foreach (var indices in _validation.Indices.split(EvaluationBatch))
        {
            if (cancellation.IsCancellationRequested)
                return null;
            using var batchScope = NewDisposeScope();
            var labels = batches.Labels(indices);
            var logits = Score(network, batches.Plain(indices));
            meter.Add(nn.functional.cross_entropy(logits, labels), logits, labels);
        }
        var (loss, accuracy) = meter.Read();
        return trained with { ValidationLoss = loss, ValidationAccuracy = accuracy, Elapsed = _settings.Clock.GetElapsedTime(_started) };
    }

    /// <summary>As the exported model scores: the mean over an image and its mirror image, where that is asked for.</summary>
    private Tensor Score(TorchNetwork network, Tensor images) =>
        _settings.TestTimeFlip ? (network.call(images) + network.call(images.flip(3))) / 2 : network.call(images);

    /// <summary>By accuracy, then by loss; without validation the last epoch is the best.</summary>
    private bool IsBest(TrainingMetrics metrics)
    {
        if (_bestEpoch == 0 || metrics.ValidationAccuracy is null)
            return true;
        var best = _epochs[_bestEpoch - 1];
        return (metrics.ValidationAccuracy, -metrics.ValidationLoss).CompareTo((best.ValidationAccuracy, -best.ValidationLoss)) > 0;
    }

    private void Explain(TrainingEnd end, CancellationToken cancellation)
    {
        if (end is TrainingEnd.Cancelled)
        {
            if (_bestEpoch == 0)
                throw new OperationCanceledException("Training was cancelled before its first epoch was complete; there is no model to keep.", cancellation);
            Warn(string.Create(CultureInfo.InvariantCulture, $"Training was cancelled in epoch {_epochs.Count + 1} of {_settings.Epochs}. The model is the one of epoch {_bestEpoch}."));
        }
        if (end is TrainingEnd.NonFiniteLoss)
        {
            var advice = string.Create(CultureInfo.InvariantCulture, $"Lower LearningRate (it is {_settings.LearningRate}), for instance to a tenth.");
            if (_bestEpoch == 0)
                throw new InvalidOperationException($"The loss became infinite or not a number in the first epoch; there is no model to keep. {advice}");
            Warn(string.Create(CultureInfo.InvariantCulture, $"The loss became infinite or not a number in epoch {_epochs.Count + 1}; training stopped. The model is the one of epoch {_bestEpoch}. {advice}"));
        }
    }
}
