using TorchSharp;

namespace Rf3d.MLNet;

/// <summary>A number that tensors are computed with: where it is whole, libtorch keeps a tensor of integers one of integers.</summary>
internal readonly struct Operand
{
    private readonly double _real;
    private readonly long? _whole;

    private Operand(double real, long? whole) => (_real, _whole) = (real, whole);

    public static implicit operator Operand(long value) => new(value, value);

    public static implicit operator Operand(double value) => new(value, null);

    /// <summary>The number as libtorch takes it. The caller holds it until the call that it is for has come back, and disposes it.</summary>
    public Scalar ToScalar() => _whole?.ToScalar() ?? _real.ToScalar();
}
