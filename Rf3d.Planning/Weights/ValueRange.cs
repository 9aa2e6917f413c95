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
    public static ValueRange After(Block block) => After(block.Residual ? block.SumActivation : block.Layers.OfType<ConvLayer>().Last().Activation);

    private static ValueRange After(Activation activation) => activation switch
    {
        Activation.Relu6 => ValueRange.ZeroToSix,
        Activation.Relu => ValueRange.NotNegative,
        // From 0 to 1.
        Activation.Sigmoid => ValueRange.ZeroToSix,
        _ => ValueRange.Any,
    };
}
