using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Mean and variance of each channel of maps that come batch by batch.</summary>
internal sealed class ChannelMoments : IDisposable
{
    private Tensor? _sum;
    private Tensor? _squares;
    private long _count;

    /// <summary>Whether there were no maps.</summary>
    public bool IsEmpty => _count == 0;

    /// <param name="maps">[n, channels, height, width].</param>
    public void Add(Tensor maps)
    {
        using var scope = NewDisposeScope();
        var values = maps.detach().to(ScalarType.Float64);
        Add(values.sum([0L, 2, 3]), (values * values).sum([0L, 2, 3]), maps.shape[0] * maps.shape[2] * maps.shape[3]);
    }

    /// <summary>Adds maps whose moments are known, as batch normalisation works them out.</summary>
    /// <param name="mean">[channels].</param>
    /// <param name="unbiasedVariance">[channels]: over <paramref name="count"/> - 1, as PyTorch's running variance. Not read where the count is 1.</param>
    /// <param name="count">Values of a channel.</param>
    public void AddMoments(Tensor mean, Tensor unbiasedVariance, long count)
    {
        using var scope = NewDisposeScope();
        var exact = mean.detach().to(ScalarType.Float64);
        var squares = (exact * exact).Times(count);
        if (count > 1)
            squares.PlusInPlace(unbiasedVariance.detach().to(ScalarType.Float64), count - 1);
        Add(exact.Times(count), squares, count);
    }

    /// <param name="unbiased">Whether the variance is over one value less than there are, as PyTorch's running variance.</param>
    /// <returns>[channels] both, float32; belong to the caller's scope.</returns>
    /// <exception cref="InvalidOperationException">There were no maps.</exception>
    public (Tensor Mean, Tensor Variance) Read(bool unbiased = false)
    {
        if (_sum is null || _squares is null)
            throw new InvalidOperationException("Nothing was measured.");
        var mean = _sum.Over(_count);
        var variance = (_squares.Over(_count) - (mean * mean)).AtLeast(0);
        if (unbiased && _count > 1)
            variance = variance.Times((double)_count / (_count - 1));
        return (mean.to(ScalarType.Float32), variance.to(ScalarType.Float32));
    }

    public void Dispose()
    {
        _sum?.Dispose();
        _squares?.Dispose();
    }

    private void Add(Tensor sum, Tensor squares, long count)
    {
        (_sum, _squares) = (Replace(_sum, sum), Replace(_squares, squares));
        _count += count;
    }

    private static Tensor Replace(Tensor? before, Tensor addend)
    {
        using (before)
            return (before is null ? addend : before.Plus(addend)).DetachFromDisposeScope();
    }
}
