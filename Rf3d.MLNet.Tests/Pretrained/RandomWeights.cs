using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Pretrained;

/// <summary>Weights drawn as if they had been learned: normalisations have scales, shifts, means and variances that show when they are mixed up.</summary>
internal static class RandomWeights
{
    public static WeightTable Of(NetworkLayout layout, int seed = 1)
    {
        var random = new Random(seed);
        var table = new WeightTable();
        foreach (var (name, shape) in WeightShapes.Of(layout))
        {
            var inputs = shape.Skip(1).Aggregate(1L, (product, length) => product * length);
            var values = new float[shape[0] * inputs];
            for (var i = 0; i < values.Length; i++)
            {
                var draw = random.NextSingle();
                values[i] = name.EndsWith(WeightTable.NormScale, StringComparison.Ordinal) || name.EndsWith(WeightTable.NormVariance, StringComparison.Ordinal)
                    ? 0.5f + draw
                    : inputs > 1 ? (draw - 0.5f) * 4 / MathF.Sqrt(inputs) : draw - 0.5f;
            }
            table[name] = new(shape, values);
        }
        return table;
    }

    /// <summary>The output of the network in scoring: logits, or the last maps of one without a head.</summary>
    public static float[] Outputs(ConvNet network, WeightTable weights, float[] images, long count = 1)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var generator = new Generator(1);
        using var module = new TorchNetwork(NetworkLayout.Of(network), generator);
        module.Import(weights);
        module.eval();
        var input = network.Input;
        return [.. module.call(tensor(images).reshape(count, input.Channels, input.Height, input.Width)).data<float>()];
    }

    public static float[] Images(TensorShape shape, int seed = 2)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, shape.Channels * shape.Height * shape.Width).Select(_ => (random.NextSingle() * 2) - 1)];
    }

    /// <summary>The largest difference as a share of the largest expected value.</summary>
    public static double Difference(float[] expected, float[] actual)
    {
        Assert.HasCount(expected.Length, actual);
        var largest = expected.Max(Math.Abs);
        Assert.IsGreaterThan(0, largest);
        return expected.Zip(actual, (one, other) => Math.Abs(one - other)).Max() / largest;
    }

    /// <summary>Weights as TorchSharp draws them for a new network.</summary>
    public static WeightTable Drawn(NetworkLayout layout)
    {
        using var generator = new Generator(3);
        using var module = new TorchNetwork(layout, generator);
        return module.Export();
    }
}
