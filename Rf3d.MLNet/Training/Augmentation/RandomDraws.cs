using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Random figures, one for each image of a batch: drawn on the CPU from one generator, so that a seed means the same on every device.</summary>
internal sealed class RandomDraws(Generator generator, Device device)
{
    // Below it gamma figures fall under the smallest number there is, and two of those would share alike. At it nearly all is 0 or 1 already.
    private const double LeastAlpha = 0.01;

    /// <summary>[count], from <paramref name="low"/> to below <paramref name="high"/>.</summary>
    public Tensor Uniform(long count, double low, double high) => rand([count], generator: generator).TimesInPlace(high - low).PlusInPlace(low).SendTo(device);

    /// <summary>[count], e to the power of a uniform figure: a ratio is as likely as its inverse.</summary>
    public Tensor Ratio(long count, double low, double high) => Uniform(count, Math.Log(low), Math.Log(high)).exp_();

    /// <summary>[count], bool: true with the given probability.</summary>
    public Tensor Chance(long count, double probability) => rand([count], generator: generator).IsBelow(probability).SendTo(device);

    /// <summary>[count], int64, from 0 to below <paramref name="choices"/>. Stays on the CPU, where choices are made.</summary>
    public Tensor Choice(long count, long choices) => randint(choices, [count], generator: generator);

    /// <summary>[count], 1 or -1.</summary>
    public Tensor Sign(long count) => Choice(count, 2).TimesInPlace(2).PlusInPlace(-1).to(ScalarType.Float32).SendTo(device);

    /// <summary>[count], int64: every index once.</summary>
    public Tensor Permutation(long count) => randperm(count, generator: generator).SendTo(device);

    /// <summary>Whether the coin shows heads.</summary>
    public bool Coin() => rand([1], generator: generator).item<float>() < 0.5f;

    /// <summary>[count], from Beta(α, α): the share of one of two gamma figures in their sum.</summary>
    public Tensor Beta(long count, double alpha)
    {
        var gammas = _standard_gamma(TensorArithmetic.Filled([2, count], Math.Max(alpha, LeastAlpha), ScalarType.Float64), generator);
        return (gammas[0] / gammas[0].Plus(gammas[1])).to(ScalarType.Float32).SendTo(device);
    }
}
