using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Tensors and numbers. To be used in place of TorchSharp's operators, and of those of its methods that take a number: of the native number that these make
/// TorchSharp 0.107 passes the address and keeps no reference. A garbage collection during the call, which any thread may cause, lets the
/// finalizer free the number while libtorch reads it; then the operation fails ("Unknown scalar type"), or computes with another number. The sum of two
/// tensors is no exception: it has a factor. Here numbers are held until the call is over.
/// </summary>
/// <remarks>The overloads for numbers go first, since TorchSharp turns numbers into tensors, too.</remarks>
internal static class TensorArithmetic
{
    private static readonly Scalar Zero = 0L.ToScalar();
    private static readonly Scalar One = 1L.ToScalar();

    /// <summary>a + b.</summary>
    public static Tensor Plus(this Tensor a, Tensor b) => a.add(b, One);

    /// <inheritdoc cref="Plus(Tensor, Tensor)"/>
    [OverloadResolutionPriority(1)]
    public static Tensor Plus(this Tensor a, ScalarArgument b) => Hold(b, number => a.add(number, One));

    /// <summary>a += b.</summary>
    public static Tensor PlusInPlace(this Tensor a, Tensor b) => a.add_(b, One);

    /// <summary>a += factor · b.</summary>
    public static Tensor PlusInPlace(this Tensor a, Tensor b, ScalarArgument factor) => Hold(factor, number => a.add_(b, number));

    /// <inheritdoc cref="PlusInPlace(Tensor, Tensor)"/>
    [OverloadResolutionPriority(1)]
    public static Tensor PlusInPlace(this Tensor a, ScalarArgument b) => Hold(b, number => a.add_(number, One));

    /// <summary>b - a.</summary>
    public static Tensor SubtractedFrom(this Tensor a, ScalarArgument b) => a.negative().PlusInPlace(b);

    /// <summary>a · b.</summary>
    public static Tensor Times(this Tensor a, ScalarArgument b) => Hold(b, a.mul);

    /// <summary>a *= b.</summary>
    public static Tensor TimesInPlace(this Tensor a, ScalarArgument b) => Hold(b, a.mul_);

    /// <summary>a / b.</summary>
    public static Tensor Over(this Tensor a, ScalarArgument b) => Hold(b, number => a.div(number));

    /// <summary>a / b, rounded down.</summary>
    public static Tensor FloorOver(this Tensor a, ScalarArgument b) => Hold(b, number => a.div(number, RoundingMode.floor));

    /// <summary>a - b · ⌊a / b⌋.</summary>
    public static Tensor Modulo(this Tensor a, ScalarArgument b) => Hold(b, a.remainder);

    /// <summary>a = b. Bool.</summary>
    public static Tensor Is(this Tensor a, ScalarArgument b) => Hold(b, a.eq);

    /// <summary>a ≠ b. Bool.</summary>
    public static Tensor IsNot(this Tensor a, ScalarArgument b) => Hold(b, a.ne);

    /// <summary>a &lt; b. Bool.</summary>
    public static Tensor IsBelow(this Tensor a, ScalarArgument b) => Hold(b, a.lt);

    /// <summary>a &gt; b. Bool.</summary>
    public static Tensor IsAbove(this Tensor a, ScalarArgument b) => Hold(b, a.gt);

    /// <summary>a ≥ b. Bool.</summary>
    public static Tensor IsAtLeast(this Tensor a, ScalarArgument b) => Hold(b, a.ge);

    /// <summary>Values below <paramref name="least"/> become it.</summary>
    public static Tensor AtLeast(this Tensor a, ScalarArgument least) => Hold(least, a.clamp_min);

    /// <summary>Values above <paramref name="most"/> become it, in place.</summary>
    public static Tensor AtMostInPlace(this Tensor a, ScalarArgument most) => Hold(most, a.clamp_max_);

    /// <summary>Values below <paramref name="least"/> become it, and those above <paramref name="most"/> become that, in place.</summary>
    public static Tensor WithinInPlace(this Tensor a, ScalarArgument least, ScalarArgument most) => Hold(least, low => Hold(most, high => a.clamp_(low, high)));

    /// <summary>The values that the mask names become <paramref name="value"/>, in place.</summary>
    public static Tensor FillInPlace(this Tensor a, Tensor mask, ScalarArgument value) => Hold(value, number => a.masked_fill_(mask, number));

    /// <summary>Negative values times <paramref name="slope"/>, the others as they are.</summary>
    public static Tensor LeakyRelu(this Tensor a, ScalarArgument slope) => Hold(slope, a.leaky_relu);

    /// <summary>Zero to <paramref name="count"/> - 1. int64.</summary>
    public static Tensor Range(long count, Device? device = null) => Hold(count, stop => arange(Zero, stop, One, ScalarType.Int64, device));

    /// <summary>The same number everywhere.</summary>
    public static Tensor Filled(long[] shape, ScalarArgument value, ScalarType type, Device? device = null) => Hold(value, number => full(shape, number, type, device));

    private static Tensor Hold(ScalarArgument argument, Func<Scalar, Tensor> operation)
    {
        using var number = argument.ToScalar();
        return operation(number);
    }
}
