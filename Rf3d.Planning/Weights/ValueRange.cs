namespace Rf3d.Planning;

/// <summary>The range of the values of feature maps, which determines whether another activation leaves them unchanged.</summary>
internal enum ValueRange
{
    /// <summary>Nothing.</summary>
    Any,

    /// <summary>None is below 0.</summary>
    NotNegative,

    /// <summary>All are between 0 and 6.</summary>
    ZeroToSix,
}

/// <summary>Follows <see cref="ValueRange"/> through a network.</summary>
internal static class ValueRanges
{
    /// <summary>Whether an activation returns every value of the range unchanged.</summary>
    public static bool Keeps(this Activation activation, ValueRange range) => activation switch
    {
        Activation.None => true,
        Activation.Relu or Activation.LeakyRelu => range != ValueRange.Any,
        Activation.Relu6 => range == ValueRange.ZeroToSix,
        _ => false,
    };

    /// <summary>The range of a unit's outputs.</summary>
    /// <param name="block">The unit.</param>
    /// <param name="range">The range of its inputs, which a unit that only reorders channels does not change.</param>
    public static ValueRange After(Block block, ValueRange range) =>
        block.Residual ? Of(block.SumActivation)
        : block.Layers.OfType<ConvLayer>().LastOrDefault() is { } last ? Of(last.Activation)
        : range;

    private static ValueRange Of(Activation activation) => activation switch
    {
        Activation.Relu6 => ValueRange.ZeroToSix,
        Activation.Relu => ValueRange.NotNegative,
        // From 0 to 1.
        Activation.Sigmoid => ValueRange.ZeroToSix,
        _ => ValueRange.Any,
    };
}
