namespace Rf3d.MLNet;

/// <summary>The part of the number line that 8 bits represent: 0 and 255 are its ends, and the real number 0 is one of the 256 levels, which the padding of convolutions needs.</summary>
/// <param name="Scale">The distance between two levels.</param>
/// <param name="ZeroPoint">The level of the real number 0.</param>
internal readonly record struct ActivationRange(float Scale, byte ZeroPoint)
{
    private const int Steps = byte.MaxValue;
    private const float SmallestScale = 1e-30f;

    /// <summary>The range from <paramref name="low"/> to <paramref name="high"/>, extended to 0 if that is outside.</summary>
    public static ActivationRange Of(double low, double high)
    {
        (low, high) = (Math.Min(low, 0), Math.Max(high, 0));
        var scale = (float)((high - low) / Steps);
        // A map that is 0 everywhere needs a scale all the same.
        return scale < SmallestScale ? new(1f / Steps, 0) : new(scale, (byte)Math.Clamp(Math.Round(-low / scale), 0, Steps));
    }

    /// <summary>The real number of the level that represents a value.</summary>
    public double Round(double value) => (Level(value) - ZeroPoint) * (double)Scale;

    /// <summary>The level that represents a value, as <c>QuantizeLinear</c> works it out.</summary>
    public byte Level(double value) => (byte)Math.Clamp(Math.Round(value / Scale) + ZeroPoint, 0, Steps);
}
