using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Changes the weights of a planned network so that its pooled features come close to those of the whole pretrained one, on the images and without their labels
/// (PRACTISE: Wang and Wu, "Practical Network Acceleration with Tiny Sets", CVPR 2023). Images and mirror images go in as they are. Stages in which both networks compute the
/// same are not changed and run once: their maps are kept.
/// </summary>
/// <param name="device">Where to compute.</param>
internal sealed class FeatureMatching(Device device)
{
    /// <summary>Images to match on at most: 240 steps on 397 photographs cost 0.1 points of a probe's accuracy where 80 steps on 128 of them cost 1.2 (docs/benchmarks/pretrained-organized.md).</summary>
    public const int MostImages = 512;

    private const double Momentum = 0.9;

    /// <summary>Share of the statistics of a batch in the running statistics of a normalisation.</summary>
    private const double NormMomentum = 0.1;

    /// <summary>Smallest deviation that a feature counts with, as a share of the largest: a dead one would count without end.</summary>
    private const double LeastDeviation = 0.01;

    public int BatchSize { get; init; } = 32;

    /// <summary>Passes over images and mirror images.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>AdamW's learning rate at the beginning; it falls to 0 along a cosine.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>After which it ends, if <see cref="Epochs"/> take longer; the learning rate falls faster then. Default: no limit, so that a seed gives the same weights on every machine.</summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.MaxValue;

    /// <summary>Room for the maps that are kept, in bytes; of more images only so many are used as it has room for.</summary>
    public long MaxKeptBytes { get; init; } = 1L << 30;

    public int Seed { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <param name="whole">The pretrained network, at any size.</param>
    /// <param name="wholeWeights">Its weights.</param>
    /// <param name="planned">The planned network, at the size of the images.</param>
    /// <param name="start">The weights that it starts from.</param>
    /// <param name="load">Loads images by number: normalised, [n, 3, height, width], on the device, in the caller's scope.</param>
    /// <param name="count">Number of images.</param>
    /// <param name="cancellation">Ends it early; the weights so far are measured and kept if they are closer.</param>
    /// <exception cref="InvalidOperationException">The planned network's last maps have another number of channels than those of the whole one.</exception>
    public FeatureMatch Run(
        NetworkLayout whole, WeightTable wholeWeights, NetworkLayout planned, PlannedWeights start, Func<Tensor, Tensor> load, long count, CancellationToken cancellation)
    {
        if (!start.HasSameFeatures)
            throw new InvalidOperationException($"The last maps of '{planned.Network.Name}' are not those of '{whole.Network.Name}': there are no features to match.");
        var stages = NetworkTail.UnchangedStages(planned, start);
        if (stages == planned.Stages.Length)
            return new(start.Weights, 0, 0, 0);
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)Seed);
        var started = Clock.GetTimestamp();
        var maps = Maps(NetworkTail.First(planned.Network, stages), start.Weights, stages == 0 ? planned.Network.Input : planned.Stages[stages - 1].Output, load, count, generator);
        var input = new TensorShape((int)maps.shape[1], (int)maps.shape[2], (int)maps.shape[3]);
        Tensor targets;
        using (var teacher = Network(NetworkTail.Rest(whole.Network with { Input = planned.Network.Input }, stages, input), NetworkTail.Rest(wholeWeights, stages), generator))
            targets = Features(teacher, maps);
        using var student = Network(NetworkTail.Rest(planned.Network, stages, input), NetworkTail.Rest(start.Weights, stages), generator);
        var before = Distance(Features(student, maps), targets);
        var steps = Learn(student, maps, targets, generator, started, cancellation);
        if (steps > 0)
            MeasureNorms(student, maps);
        var after = Distance(Features(student, maps), targets);
        return after < before ? new(NetworkTail.Joined(start.Weights, student.Export(), stages), before, after, steps) : new(start.Weights, before, before, steps);
    }

    private int Learn(TorchNetwork student, Tensor maps, Tensor targets, Generator generator, long started, CancellationToken cancellation)
    {
        using var optimizer = new FusedAdamW([([.. student.parameters()], 0)], Momentum);
        var factor = Factor(targets);
        student.train();
        var count = maps.shape[0];
        var (steps, batches) = (0, Math.Max(count / BatchSize, 1));
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            using var epochScope = NewDisposeScope();
            var order = randperm(count, generator: generator).to(device);
            for (var batch = 0L; batch < batches; batch++)
            {
                var progress = Math.Max((double)steps / (batches * Epochs), Clock.GetElapsedTime(started) / MaxTime);
                if (progress >= 1 || cancellation.IsCancellationRequested)
                    return steps;
                using var stepScope = NewDisposeScope();
                var rows = order.narrow(0, batch * BatchSize, Math.Min(BatchSize, count));
                var error = Pooled(student, maps.index_select(0, rows)).sub(targets.index_select(0, rows)).mul(factor);
                student.zero_grad();
                error.mul(error).mean().backward();
                optimizer.Step(LearningRate * (1 + Math.Cos(Math.PI * progress)) / 2);
                steps++;
            }
        }
        return steps;
    }

    /// <summary>Puts the statistics of all maps, batch by batch, in the place of running ones, which still remember weights of earlier steps.</summary>
    private void MeasureNorms(TorchNetwork student, Tensor maps)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        student.train();
        var running = student.Weights()
            .Where(weight => weight.Name.EndsWith(WeightTable.NormMean, StringComparison.Ordinal) || weight.Name.EndsWith(WeightTable.NormVariance, StringComparison.Ordinal))
            .Select(weight => weight.Tensor).ToList();
        var sums = running.ConvertAll(tensor => zeros_like(tensor));
        var batches = 0;
        foreach (var batch in Batches(maps))
        {
            using var part = NewDisposeScope();
            running.ForEach(tensor => tensor.zero_());
            student.call(batch);
            for (var i = 0; i < running.Count; i++)
                sums[i].PlusInPlace(running[i]);
            batches++;
        }
        for (var i = 0; i < running.Count; i++)
            running[i].copy_(sums[i].Over(NormMomentum * batches));
    }

    private TorchNetwork Network(ConvNet description, WeightTable weights, Generator generator)
    {
        var network = new TorchNetwork(NetworkLayout.Of(description), generator);
        network.Import(weights);
        network.to(device);
        network.UseChannelsLast();
        return network;
    }

    /// <summary>Maps after the unchanged stages: of all images that there is room for, then of their mirror images.</summary>
    private Tensor Maps(ConvNet? first, WeightTable weights, TensorShape shape, Func<Tensor, Tensor> load, long count, Generator generator)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var network = first is null ? null : Network(first, weights, generator);
        network?.eval();
        count = Math.Clamp(MaxKeptBytes / (2L * shape.Volume * sizeof(float)), 1, count);
        var numbers = TensorArithmetic.Range(count);
        var (plain, mirrored) = (new List<Tensor>(), new List<Tensor>());
        // Images may come from a stream, which gives each of them once.
        for (long place = 0; place < count; place += BatchSize)
        {
            using var part = NewDisposeScope();
            var images = load(numbers.narrow(0, place, Math.Min(BatchSize, count - place)));
            foreach (var (maps, source) in new[] { (plain, images), (mirrored, images.flip(3)) })
                maps.Add((network is null ? source.clone() : network.call(source)).MoveToOuterDisposeScope());
        }
        return cat([.. plain, .. mirrored]).MoveToOuterDisposeScope();
    }

    private Tensor Features(TorchNetwork network, Tensor maps)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        network.eval();
        List<Tensor> parts = [];
        foreach (var batch in Batches(maps))
        {
            using var part = NewDisposeScope();
            parts.Add(Pooled(network, batch).MoveToOuterDisposeScope());
        }
        return cat(parts).MoveToOuterDisposeScope();
    }

    private IEnumerable<Tensor> Batches(Tensor maps)
    {
        for (long place = 0; place < maps.shape[0]; place += BatchSize)
            yield return maps.narrow(0, place, Math.Min(BatchSize, maps.shape[0] - place));
    }

    private static Tensor Pooled(TorchNetwork network, Tensor maps) => network.call(maps).mean([2, 3]);

    private static Tensor Factor(Tensor targets)
    {
        var centred = targets.sub(targets.mean([0]));
        var deviation = centred.mul(centred).mean([0]).sqrt();
        return deviation.AtLeast(Math.Max(deviation.max().item<float>() * LeastDeviation, float.Epsilon)).reciprocal();
    }

    private static double Distance(Tensor features, Tensor targets)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (error, own) = (features.sub(targets), targets.sub(targets.mean([0])));
        return error.mul(error).mean().item<float>() / Math.Max(own.mul(own).mean().item<float>(), float.Epsilon);
    }
}
