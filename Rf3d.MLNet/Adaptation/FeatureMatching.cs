using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Changes the weights of a planned network so that its pooled features come close to those of the whole pretrained one, on the images at hand and without their labels
/// (PRACTISE: Wang and Wu, "Practical Network Acceleration with Tiny Sets", CVPR 2023). Images and mirror images go in as they are; the whole network is asked once.
/// </summary>
/// <param name="device">Where to compute.</param>
internal sealed class FeatureMatching(Device device)
{
    private const double Momentum = 0.9;

    /// <summary>Smallest deviation that a feature counts with, as a share of the largest: a dead one would count without end.</summary>
    private const double LeastDeviation = 0.01;

    public int BatchSize { get; init; } = 32;

    /// <summary>Passes over images and mirror images.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>AdamW's learning rate at the beginning; it falls to 0 along a cosine.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>After which it ends, if <see cref="Epochs"/> take longer; the learning rate falls faster then.</summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromMinutes(1);

    public int Seed { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <param name="whole">The pretrained network, at any size.</param>
    /// <param name="wholeWeights">Its weights.</param>
    /// <param name="planned">The planned network, at the size of the images.</param>
    /// <param name="start">The weights that it starts from.</param>
    /// <param name="load">Loads images by number: normalised, [n, 3, height, width], on the device, in the caller's scope.</param>
    /// <param name="count">Number of images. 50 to 1,000 are enough.</param>
    /// <param name="cancellation">Ends it early; the weights so far are measured and kept if they are closer.</param>
    /// <exception cref="InvalidOperationException">The planned network's last maps have channels of which the whole one has none.</exception>
    public FeatureMatch Run(
        NetworkLayout whole, WeightTable wholeWeights, NetworkLayout planned, PlannedWeights start, Func<Tensor, Tensor> load, long count, CancellationToken cancellation)
    {
        if (start.FeatureChannels is not { } channels)
            throw new InvalidOperationException($"The last maps of '{planned.Network.Name}' are not those of '{whole.Network.Name}': there are no features to match.");
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)Seed);
        var started = Clock.GetTimestamp();
        Tensor targets;
        using (var teacher = Body(whole.Network with { Input = planned.Network.Input }, wholeWeights, generator))
            targets = Features(teacher, load, count).index_select(1, tensor(channels.Select(channel => (long)channel).ToArray(), device: device));
        var centred = targets.sub(targets.mean([0]));
        var deviation = centred.mul(centred).mean([0]).sqrt();
        var factor = deviation.AtLeast(Math.Max(deviation.max().item<float>() * LeastDeviation, float.Epsilon)).reciprocal();

        using var student = Body(planned.Network, start.Weights, generator);
        var before = Distance(Features(student, load, count), targets);
        var steps = Learn(student, targets, factor, load, count, generator, started, cancellation);
        var after = Distance(Features(student, load, count), targets);
        return after < before ? new(Merged(start.Weights, student.Export()), before, after, steps) : new(start.Weights, before, before, steps);
    }

    private int Learn(
        TorchNetwork student, Tensor targets, Tensor factor, Func<Tensor, Tensor> load, long count, Generator generator, long started, CancellationToken cancellation)
    {
        using var optimizer = new FusedAdamW([(student.parameters().ToList(), 0)], Momentum);
        student.train();
        var (steps, batches) = (0, (2 * count / BatchSize) is > 0 and var whole ? whole : 1);
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            using var epochScope = NewDisposeScope();
            var order = randperm(2 * count, generator: generator);
            for (var batch = 0L; batch < batches; batch++)
            {
                var progress = Math.Max((double)steps / (batches * Epochs), Clock.GetElapsedTime(started) / MaxTime);
                if (progress >= 1 || cancellation.IsCancellationRequested)
                    return steps;
                using var stepScope = NewDisposeScope();
                var rows = order.narrow(0, batch * BatchSize, Math.Min(BatchSize, 2 * count));
                var error = Pooled(student, Load(load, rows, count)).sub(targets.index_select(0, rows.to(device))).mul(factor);
                student.zero_grad();
                error.mul(error).mean().backward();
                optimizer.Step(LearningRate * (1 + Math.Cos(Math.PI * progress)) / 2);
                steps++;
            }
        }
        return steps;
    }

    private TorchNetwork Body(ConvNet network, WeightTable weights, Generator generator)
    {
        var body = new TorchNetwork(NetworkLayout.Of(network with { Head = null }), generator);
        body.Import(weights);
        body.to(device);
        body.UseChannelsLast();
        return body;
    }

    /// <summary>Features of all images, then of all mirror images.</summary>
    private Tensor Features(TorchNetwork body, Func<Tensor, Tensor> load, long count)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        body.eval();
        List<Tensor> parts = [];
        for (long first = 0; first < 2 * count; first += BatchSize)
        {
            using var part = NewDisposeScope();
            var rows = TensorArithmetic.Range(2 * count).narrow(0, first, Math.Min(BatchSize, (2 * count) - first));
            parts.Add(Pooled(body, Load(load, rows, count)).MoveToOuterDisposeScope());
        }
        return cat(parts).MoveToOuterDisposeScope();
    }

    /// <summary>Numbers from <paramref name="count"/> on stand for mirror images.</summary>
    private Tensor Load(Func<Tensor, Tensor> load, Tensor rows, long count)
    {
        var images = load(rows.Modulo(count));
        return where(rows.IsAtLeast(count).to(device).view(-1, 1, 1, 1), images.flip(3), images);
    }

    private static Tensor Pooled(TorchNetwork body, Tensor images) => body.call(images).mean([2, 3]);

    private static double Distance(Tensor features, Tensor targets)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (error, own) = (features.sub(targets), targets.sub(targets.mean([0])));
        return error.mul(error).mean().item<float>() / Math.Max(own.mul(own).mean().item<float>(), float.Epsilon);
    }

    private static WeightTable Merged(WeightTable start, WeightTable body)
    {
        var merged = new WeightTable();
        foreach (var name in start.Names)
            merged[name] = body.Find(name) ?? start[name];
        return merged;
    }
}
