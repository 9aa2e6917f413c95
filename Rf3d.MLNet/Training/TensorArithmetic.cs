using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Tensors and numbers. To be used in place of TorchSharp's operators, and of those of its methods that take a number: of the native number that these make
/// TorchSharp 0.107 hands on the address and keeps nothing. A garbage collection during the call, which any thread may cause, lets the
/// finalizer free the number while libtorch reads it; then the operation fails ("Unknown scalar type"), or computes with another number. The sum of two
/// tensors is no exception: it has a factor. Here numbers are held until the call is over.
/// </summary>
/// <remarks>The overloads for numbers go first, since TorchSharp turns numbers into tensors, too.</remarks>
internal static class TensorArithmetic
{
    private static readonly Scalar One = 1L.ToScalar();

    /// <summary>a + b.</summary>
    public static Tensor Plus(this Tensor a, Tensor b) => a.add(b, One);

    /// <inheritdoc cref="Plus(Tensor, Tensor)"/>
    [OverloadResolutionPriority(1)]
    public static Tensor Plus(this Tensor a, Operand b)
    {
        using var scalar = b.ToScalar();
        return a.add(scalar, One);
    }

    /// <summary>a += b.</summary>
    public static Tensor PlusInPlace(this Tensor a, Tensor b) => a.add_(b, One);

    /// <inheritdoc cref="PlusInPlace(Tensor, Tensor)"/>
    [OverloadResolutionPriority(1)]
    public static Tensor PlusInPlace(this Tensor a, Operand b)
    {
        using var scalar = b.ToScalar();
        return a.add_(scalar, One);
    }

    /// <summary>b - a.</summary>
    public static Tensor SubtractedFrom(this Tensor a, Operand b) => a.negative().PlusInPlace(b);

    /// <summary>a · b.</summary>
    public static Tensor Times(this Tensor a, Operand b)
    {
        using var scalar = b.ToScalar();
        return a.mul(scalar);
    }

    /// <summary>a *= b.</summary>
    public static Tensor TimesInPlace(this Tensor a, Operand b)
    {
        using var scalar = b.ToScalar();
        return a.mul_(scalar);
    }

    /// <summary>a / b.</summary>
    public static Tensor Over(this Tensor a, Operand b)
    {
        using var scalar = b.ToScalar();
        return a.div(scalar);
    }

    /// <summary>a / b, rounded down.</summary>
    public static Tensor FloorOver(this Tensor a, Operand b)
    {
        using var scalar = b.ToScalar();
        return a.div(scalar, RoundingMode.floor);
    }

    /// <summary>a - b · ⌊a / b⌋.</summary>
    public static Tensor Modulo(this Tensor a, Operand b)
    {
        using var scalar = b.ToScalar();
        return a.remainder(scalar);
    }

    /// <summary>a = b. Bool.</summary>
    public static Tensor Is(this Tensor a, Operand b)
    {
        using var scalar = b.ToScalar();
        return a.eq(scalar);
    }

    /// <summary>a ≠ b. Bool.</summary>
    public static Tensor IsNot(this Tensor a, Operand b)
    {
        using var scalar = b.ToScalar();
        return a.ne(scalar);
    }

    /// <summary>a &lt; b. Bool.</summary>
    public static Tensor IsBelow(this Tensor a, Operand b)
    {
        using var scalar = b.ToScalar();
        return a.lt(scalar);
    }

    /// <summary>a &gt; b. Bool.</summary>
    public static Tensor IsAbove(this Tensor a, Operand b)
    {
        using var scalar = b.ToScalar();
        return a.gt(scalar);
    }

    /// <summary>a ≥ b. Bool.</summary>
    public static Tensor IsAtLeast(this Tensor a, Operand b)
    {
        using var scalar = b.ToScalar();
        return a.ge(scalar);
    }

    /// <summary>Values below <paramref name="least"/> become it.</summary>
    public static Tensor AtLeast(this Tensor a, Operand least)
    {
        using var scalar = least.ToScalar();
        return a.clamp_min(scalar);
    }

    /// <summary>Values above <paramref name="most"/> become it, in place.</summary>
    public static Tensor AtMostInPlace(this Tensor a, Operand most)
    {
        using var scalar = most.ToScalar();
        return a.clamp_max_(scalar);
    }

    /// <summary>Values below <paramref name="least"/> become it, and so do those above <paramref name="most"/>, in place.</summary>
    public static Tensor WithinInPlace(this Tensor a, Operand least, Operand most)
    {
        using Scalar low = least.ToScalar(), high = most.ToScalar();
        return a.clamp_(low, high);
    }

    /// <summary>The values that the mask names become <paramref name="value"/>, in place.</summary>
    public static Tensor FillInPlace(this Tensor a, Tensor mask, Operand value)
    {
        using var scalar = value.ToScalar();
        return a.masked_fill_(mask, scalar);
    }

    /// <summary>Negative values times <paramref name="slope"/>, the others as they are.</summary>
    public static Tensor LeakyRelu(this Tensor a, Operand slope)
    {
        using var scalar = slope.ToScalar();
        return a.leaky_relu(scalar);
    }

    /// <summary>Zero to <paramref name="count"/> - 1. int64.</summary>
    public static Tensor Range(long count, Device? device = null)
    {
        using Scalar start = 0L.ToScalar(), stop = count.ToScalar();
        return arange(start, stop, One, ScalarType.Int64, device);
    }

    /// <summary>The same number everywhere.</summary>
    public static Tensor Filled(ReadOnlySpan<long> shape, Operand value, ScalarType type, Device? device = null)
    {
        using var scalar = value.ToScalar();
        return full(shape, scalar, type, device);
    }
}
