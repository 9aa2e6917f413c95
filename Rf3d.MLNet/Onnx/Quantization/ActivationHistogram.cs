using System.Numerics.Tensors;

namespace Rf3d.MLNet;

/// <summary>
/// How often each value occurs among feature maps, in bins of equal width on both sides of 0. The width is a power of two that doubles when a larger value arrives, so that the counts depend neither on the order
/// of the values nor on the number of threads, and the memory not on the number of values. Thread-safe.
/// </summary>
internal sealed class ActivationHistogram
{
    /// <summary>At least half of them are in use, so that each of 256 levels has 16 bins or more.</summary>
    private const int BinsASide = 8192;

    private const int SmallestExponent = -60;

    private readonly Lock _lock = new();
    private readonly long[] _counts = new long[2 * BinsASide];
    private int _exponent = SmallestExponent;

    /// <summary>The smallest value so far.</summary>
    public float Low { get; private set; } = float.PositiveInfinity;

    /// <summary>The largest value so far.</summary>
    public float High { get; private set; } = float.NegativeInfinity;

    /// <summary>The number of values so far.</summary>
    public long Count { get; private set; }

    /// <summary>Adds values.</summary>
    /// <exception cref="NotFiniteNumberException">A value is infinite or not a number.</exception>
    public void Add(ReadOnlySpan<float> values)
    {
        if (values.IsEmpty)
            return;
        var (low, high) = (TensorPrimitives.Min(values), TensorPrimitives.Max(values));
        if (!float.IsFinite(low) || !float.IsFinite(high))
            throw new NotFiniteNumberException(float.IsFinite(low) ? high : low);
        lock (_lock)
        {
            (Low, High, Count) = (Math.Min(Low, low), Math.Max(High, high), Count + values.Length);
            while (Math.Max(-low, high) >= BinsASide * Width)
                Widen();
            var factor = (float)(1 / Width);
            foreach (var value in values)
                _counts[(int)MathF.Floor(value * factor) + BinsASide]++;
        }
    }

    /// <summary>The bins that are not empty, in ascending order: the value in the middle, and the count.</summary>
    public IReadOnlyList<(double Value, long Count)> Bins()
    {
        lock (_lock)
        {
            List<(double, long)> bins = [];
            for (var i = 0; i < _counts.Length; i++)
            {
                // Without the half, the many zeros after an activation would be counted as other values.
                if (_counts[i] > 0)
                    bins.Add((i == BinsASide ? 0 : (i - BinsASide + 0.5) * Width, _counts[i]));
            }
            return bins;
        }
    }

    private double Width => Math.ScaleB(1, _exponent);

    private void Widen()
    {
        _exponent++;
        var merged = new long[_counts.Length];
        for (var i = 0; i < _counts.Length; i++)
            merged[((i - BinsASide) >> 1) + BinsASide] += _counts[i];
        merged.CopyTo(_counts, 0);
    }
}
