using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// All that changes while a network trains. It is stored and restored, so that a resumed training ends with the weights of one that was not
/// interrupted: anything else that influences a later step belongs here.
/// </summary>
internal sealed class TrainingState : IDisposable
{
    private const string Network = "network.", Best = "best.", Averages = "average.", Optimizer = "optimizer.";
    private const string Random = "random", OrderName = "order", Meter = "meter", AverageSteps = "average.steps";

    private readonly IReadOnlyList<(string Name, Tensor Tensor)> _network;
    private readonly WeightSnapshot _best;
    private readonly WeightAverage? _average;
    private readonly FusedOptimizer _optimizer;
    private readonly Generator _generator;
    private readonly TrainingSettings _settings;
    private readonly bool _hasIdentityBranches;
    private readonly IReadOnlyList<(Tensor Bias, Tensor Mean)> _idleBiases;
    private readonly List<TrainingMetrics> _epochs = [];
    private readonly ThreadLog _threads = new(get_num_threads());
    private long _start;
    private long _epochStart;
    private TimeSpan _elapsedBefore;
    private TimeSpan _epochElapsedBefore;

    /// <summary>The owner of the network, the copy and the averages of its weights, the optimizer and the generator disposes them.</summary>
    public TrainingState(
        TorchNetwork network, WeightSnapshot best, WeightAverage? average, FusedOptimizer optimizer, Generator generator, TrainingSettings settings)
    {
        (_network, _best, _average, _optimizer, _generator, _settings) = ([.. network.Weights()], best, average, optimizer, generator, settings);
        _hasIdentityBranches = network.HasIdentityBranches;
        _idleBiases = [.. network.IdleBiases];
        _start = _epochStart = settings.Clock.GetTimestamp();
        Sums = new EpochMeter(settings.Device);
    }

    /// <summary>The figures of the complete epochs.</summary>
    public IReadOnlyList<TrainingMetrics> Epochs => _epochs;

    /// <summary>The epoch whose weights are the best so far, counted from 1; 0 when there is none.</summary>
    public int BestEpoch { get; private set; }

    /// <summary>The current epoch, counted from 1.</summary>
    public int Epoch => _epochs.Count + 1;

    /// <summary>Batches of the current epoch that are done.</summary>
    public int Batch { get; set; }

    /// <summary>The training images in the order of the current epoch; null before its start.</summary>
    public Tensor? Order { get; private set; }

    /// <summary>Loss and hits of the current epoch.</summary>
    public EpochMeter Sums { get; private set; }

    /// <summary>The changes of the number of threads so far, in all processes that trained.</summary>
    public IReadOnlyList<ThreadChange> ThreadChanges => _threads.Changes;

    /// <summary>Why training ended; null while it runs.</summary>
    public TrainingStopReason? StopReason { get; set; }

    /// <summary>Time since training began, without the pauses between processes.</summary>
    public TimeSpan Elapsed => _elapsedBefore + _settings.Clock.GetElapsedTime(_start);

    /// <summary>Time since the current epoch began, without the pauses between processes.</summary>
    public TimeSpan EpochElapsed => _epochElapsedBefore + _settings.Clock.GetElapsedTime(_epochStart);

    /// <summary>Names of a checkpoint's best weights, or of its present ones before the first epoch is complete: from those in the file to those of the weight table.</summary>
    public static IReadOnlyDictionary<string, string> WeightNames(Checkpoint checkpoint)
    {
        var prefix = checkpoint.Progress.BestEpoch > 0 ? Best : Network;
        return checkpoint.Tensors.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(name => name, name => name[prefix.Length..]);
    }

    /// <summary>Notes with how many threads the next step is computed.</summary>
    public void UseThreads(int threads) => _threads.Use(threads, Epoch, Batch);

    public void StartEpoch(Tensor order)
    {
        Order = order.DetachFromDisposeScope();
        (_epochStart, _epochElapsedBefore) = (_settings.Clock.GetTimestamp(), TimeSpan.Zero);
    }

    public void CompleteEpoch(TrainingMetrics metrics)
    {
        _epochs.Add(metrics);
        if (IsBest(metrics))
        {
            BestEpoch = metrics.Epoch;
            _best.Take();
        }
        Order?.Dispose();
        (Order, Batch) = (null, 0);
        Sums.Dispose();
        Sums = new EpochMeter(_settings.Device);
        (_epochStart, _epochElapsedBefore) = (_settings.Clock.GetTimestamp(), TimeSpan.Zero);
    }

    /// <returns>The training as it is now. Write it before training continues: weights are read when they are written.</returns>
    public Checkpoint Store(CheckpointOrigin origin)
    {
        Dictionary<string, SafeTensorEntry> tensors = new(StringComparer.Ordinal);
        foreach (var (name, tensor) in _network)
            tensors.Add(Network + name, tensor.StoreLive());
        if (BestEpoch > 0)
        {
            foreach (var (live, copy) in _best.Pairs)
                tensors.Add(Best + NameOf(live), copy.StoreLive());
        }
        if (_average is not null)
        {
            foreach (var (live, average) in _average.Pairs)
                tensors.Add(Averages + NameOf(live), average.StoreLive());
            tensors.Add(AverageSteps, new SafeTensorEntry("I64", [], BitConverter.GetBytes(_average.Steps)));
        }
        foreach (var (name, tensor) in OptimizerTensors.Store(_optimizer, NameOf))
            tensors.Add(Optimizer + name, tensor);
        using (var random = _generator.get_state())
            tensors.Add(Random, random.Store());
        if (Order is not null)
            tensors.Add(OrderName, Order.Store());
        tensors.Add(Meter, Sums.Store());
        var progress = new TrainingProgress
        {
            Seed = _settings.Seed,
            Epochs = [.. _epochs],
            Batch = Batch,
            BestEpoch = BestEpoch,
            Reparameterization = _hasIdentityBranches,
            // A cancelled training is meant to be resumed.
            StopReason = StopReason is TrainingStopReason.Cancelled ? null : StopReason,
            Elapsed = Elapsed,
            EpochElapsed = EpochElapsed,
            ThreadChanges = [.. ThreadChanges],
        };
        return new(progress, origin, tensors);
    }

    /// <exception cref="FormatException">The checkpoint is one of another network or optimizer.</exception>
    public void Restore(Checkpoint checkpoint)
    {
        var progress = checkpoint.Progress;
        _epochs.Clear();
        _epochs.AddRange(progress.Epochs);
        _threads.Restore(progress.ThreadChanges);
        (BestEpoch, Batch, StopReason) = (progress.BestEpoch, progress.Batch, progress.StopReason);
        foreach (var (name, tensor) in _network)
            tensor.Overwrite(Find(Network + name, tensor.shape));
        if (BestEpoch > 0)
        {
            foreach (var (live, copy) in _best.Pairs)
                copy.Overwrite(Find(Best + NameOf(live), copy.shape));
        }
        if (_average is not null)
        {
            foreach (var (live, average) in _average.Pairs)
                average.Overwrite(Find(Averages + NameOf(live), average.shape));
            _average.Steps = BitConverter.ToInt64(Find(AverageSteps, null).ToArray());
        }
        MoveBiases();
        OptimizerTensors.Restore(_optimizer, NameOf, IsIdle, name => checkpoint.Tensors.GetValueOrDefault(Optimizer + name));
        using (var random = Find(Random, null).Load())
            _generator.set_state(random);
        Order?.Dispose();
        Order = checkpoint.Tensors.GetValueOrDefault(OrderName)?.Load().DetachFromDisposeScope();
        Sums.Dispose();
        Sums = new EpochMeter(_settings.Device, Find(Meter, null));
        (_start, _elapsedBefore) = (_settings.Clock.GetTimestamp(), progress.Elapsed);
        (_epochStart, _epochElapsedBefore) = (_start, progress.EpochElapsed);

        SafeTensorEntry Find(string name, long[]? shape) =>
            checkpoint.Tensors.TryGetValue(name, out var tensor) && (shape is null || tensor.Shape.SequenceEqual(shape))
                ? tensor
                : throw new FormatException($"it lacks '{name}' in the shape that this network has");
    }

    public void Dispose()
    {
        Order?.Dispose();
        Sums.Dispose();
    }

    /// <summary>By accuracy, then by loss, or in reverse where early stopping watches the loss; without validation the last epoch is the best.</summary>
    private bool IsBest(TrainingMetrics metrics)
    {
        if (BestEpoch == 0 || metrics.ValidationAccuracy is null)
            return true;
        var best = _epochs[BestEpoch - 1];
        return Rank(metrics).CompareTo(Rank(best)) > 0;

        (double?, double?) Rank(TrainingMetrics epoch) => _settings.Recipe.EarlyStoppingCriteria?.Metric == EarlyStoppingMetric.Loss
            ? (-epoch.ValidationLoss, epoch.ValidationAccuracy)
            : (epoch.ValidationAccuracy, -epoch.ValidationLoss);
    }

    /// <summary>In the forms of a GPU, as <see cref="TorchNetwork.UseForms"/> does: the checkpoint may be one of a CPU, where biases before normalisations are not zero.</summary>
    private void MoveBiases()
    {
        if (_settings.StepForms != StepForms.Gpu)
            return;
        var copies = _best.Pairs.ToDictionary(pair => pair.Live.Handle, pair => pair.Copy);
        var averages = _average?.Pairs.ToDictionary(pair => pair.Live.Handle, pair => pair.Average);
        foreach (var (bias, mean) in _idleBiases)
        {
            ConvLayerModule.MoveBias(bias, mean);
            ConvLayerModule.MoveBias(copies[bias.Handle], copies[mean.Handle]);
            if (averages is not null)
                ConvLayerModule.MoveBias(averages[bias.Handle], averages[mean.Handle]);
        }
    }

    // A checkpoint of a GPU does not have them.
    private bool IsIdle(Tensor parameter) => _idleBiases.Any(idle => idle.Bias.Handle == parameter.Handle);

    private string NameOf(Tensor tensor) => _network.First(entry => entry.Tensor.Handle == tensor.Handle).Name;
}
