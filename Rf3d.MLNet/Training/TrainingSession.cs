using System.Globalization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Trains one network: stochastic gradient descent with Nesterov momentum, the best epoch by validation kept.</summary>
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
        using var optimizer = MakeOptimizer(network);
        using var best = new WeightSnapshot(network);

        _started = _settings.Clock.GetTimestamp();
        var end = TrainingEnd.Completed;
        for (var epoch = 1; epoch <= _settings.Epochs; epoch++)
        {
            var trained = TrainEpoch(epoch, network, optimizer, batches, generator, cancellation);
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
        int epoch, TorchNetwork network, SGD optimizer, BatchSource batches, Generator generator, CancellationToken cancellation)
    {
        network.train();
        // The last, incomplete batch is left out: its noisy statistics would weigh as much as a full one's. Each epoch leaves out others.
        var batchSize = (int)Math.Min(_settings.BatchSize, _training.Count);
        var batchCount = (int)(_training.Count / batchSize);
        using var epochScope = NewDisposeScope();
        using var meter = new EpochMeter(_settings.Device);
        var order = _training.Indices.index_select(0, randperm(_training.Count, generator: generator));
        var epochStart = _settings.Clock.GetTimestamp();
        var lastReport = epochStart;
        for (var batch = 0; batch < batchCount; batch++)
        {
            if (cancellation.IsCancellationRequested)
                return null;
            using var stepScope = NewDisposeScope();
            var done = ((epoch - 1.0) * batchCount) + batch;
            var rate = _settings.Schedule.At(_settings.LearningRate, done / ((double)_settings.Epochs * batchCount));
            foreach (var group in optimizer.ParamGroups)
                group.LearningRate = rate;

            var indices = order.narrow(0, (long)batch * batchSize, batchSize);
            var labels = batches.Labels(indices);
            var logits = network.call(batches.Augmented(indices, _settings.RandomCrop, _settings.RandomFlip, generator));
            var loss = nn.functional.cross_entropy(logits, labels, label_smoothing: _settings.LabelSmoothing);
            network.zero_grad();
            loss.backward();
            optimizer.step();
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
            var logits = network.call(batches.Plain(indices));
            meter.Add(nn.functional.cross_entropy(logits, labels), logits, labels);
        }
        var (loss, accuracy) = meter.Read();
        return trained with { ValidationLoss = loss, ValidationAccuracy = accuracy, Elapsed = _settings.Clock.GetElapsedTime(_started) };
    }

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

    /// <summary>Weight decay acts on the weights of convolutions and linear layers, not on biases and batch normalisation.</summary>
    private SGD MakeOptimizer(TorchNetwork network)
    {
        var (decayed, free) = (new List<Parameter>(), new List<Parameter>());
        foreach (var parameter in network.parameters())
            (parameter.dim() > 1 ? decayed : free).Add(parameter);
        SGD.ParamGroup Group(List<Parameter> parameters, double decay) => new(parameters, new SGD.Options
        {
            LearningRate = _settings.LearningRate,
            momentum = _settings.Momentum,
            nesterov = _settings.Momentum > 0,
            weight_decay = decay,
        });
        return optim.SGD([Group(decayed, _settings.WeightDecay), Group(free, 0)], _settings.LearningRate, _settings.Momentum, nesterov: _settings.Momentum > 0);
    }
}
