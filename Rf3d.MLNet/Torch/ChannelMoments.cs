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
        var (sum, squares) = (values.sum([0L, 2, 3]), (values * values).sum([0L, 2, 3]));
        (_sum, _squares) = (Replace(_sum, sum), Replace(_squares, squares));
        _count += maps.shape[0] * maps.shape[2] * maps.shape[3];
    }

    /// <returns>[channels] both, float32; belong to the caller's scope.</returns>
    /// <exception cref="InvalidOperationException">There were no maps.</exception>
    public (Tensor Mean, Tensor Variance) Read()
    {
        if (_sum is null || _squares is null)
            throw new InvalidOperationException("Nothing was measured.");
        var mean = _sum.Over(_count);
        return (mean.to(ScalarType.Float32), (_squares.Over(_count) - (mean * mean)).AtLeast(0).to(ScalarType.Float32));
    }

    public void Dispose()
    {
        _sum?.Dispose();
        _squares?.Dispose();
    }

    private static Tensor Replace(Tensor? before, Tensor addend)
    {
        using (before)
            return (before is null ? addend : before.Plus(addend)).DetachFromDisposeScope();
    }
}
