namespace Rf3d.Benchmarks;

/// <summary>Student's t distribution for whole degrees of freedom.</summary>
internal static class StudentT
{
    /// <summary>How wide the middle of the distribution is that holds a given share of it: 12.71 for 0.95 and one degree of freedom.</summary>
    /// <param name="share">Above 0 and below 1.</param>
    /// <param name="freedom">Degrees of freedom, at least 1.</param>
    public static double HalfWidth(double share, int freedom)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(freedom, 1);
        if (share is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(share), share, "The share must be above 0 and below 1.");
        var (low, high) = (0d, 1d);
        while (Within(high, freedom) < share)
            high *= 2;
        // As many halvings as a double has bits.
        for (var i = 0; i < 64; i++)
        {
            var middle = (low + high) / 2;
            if (Within(middle, freedom) < share)
                low = middle;
            else
                high = middle;
        }
        return high;
    }

    /// <summary>The share between -t and t, as a finite sum (M. Abramowitz, I. Stegun, 26.7.3 and 26.7.4).</summary>
    private static double Within(double t, int freedom)
    {
        var angle = Math.Atan(t / Math.Sqrt(freedom));
        var (sine, cosine) = Math.SinCos(angle);
        var isOdd = freedom % 2 == 1;
        // Odd: θ + sin θ (cos θ + 2/3 cos³ θ + ...), times 2/π. Even: sin θ (1 + 1/2 cos² θ + 1·3/(2·4) cos⁴ θ + ...).
        var (term, sum) = (isOdd ? cosine : 1, 0d);
        for (var i = isOdd ? 1 : 0; i <= freedom - 2; i += 2)
        {
            sum += term;
            term *= (i + 1d) / (i + 2d) * cosine * cosine;
        }
        return isOdd ? 2 / Math.PI * (angle + (sine * sum)) : sine * sum;
    }
}
