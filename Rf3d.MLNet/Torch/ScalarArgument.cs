using TorchSharp;

namespace Rf3d.MLNet;

/// <summary>A number that tensors are computed with: where it is whole, libtorch keeps a tensor of integers one of integers.</summary>
internal readonly struct ScalarArgument
{
    private readonly double _real;
    private readonly long? _whole;

    private ScalarArgument(double real, long? whole) => (_real, _whole) = (real, whole);

    public static implicit operator ScalarArgument(long value) => new(value, value);

    public static implicit operator ScalarArgument(double value) => new(value, null);

    /// <summary>The number as libtorch takes it. The caller holds it until the call that it is for has come back, and disposes it.</summary>
    public Scalar ToScalar() => _whole?.ToScalar() ?? _real.ToScalar();
}
