namespace Rf3d.MLNet;

/// <summary>
/// Temperature scaling: the number T by which the outputs before the softmax are divided so that images that were held out have the lowest log loss (C. Guo et al., "On Calibration of Modern
/// Neural Networks", ICML 2017). As a function of 1 / T the loss is convex.
/// </summary>
internal static class TemperatureFit
{
    /// <summary>The range of T. Figures outside it come of few images.</summary>
    public const double Lowest = 0.05;

    /// <inheritdoc cref="Lowest"/>
    public const double Highest = 20;

    private const int MostSteps = 100;
    private const double Tolerance = 1e-10;

    /// <summary>The best T for these images.</summary>
    /// <remarks>
    /// Where all images are classified correctly, the loss has no minimum: it falls until every probability is 1. As J. Platt does for support vector machines (1999), the images count as if one
    /// of n + 2 were of a class drawn by chance.
    /// </remarks>
    /// <exception cref="ArgumentException">There is no image.</exception>
    public static double Of(HeldOutLogits images)
    {
        if (images.Count == 0)
            throw new ArgumentException("There is no image.", nameof(images));
        double low = 1 / Highest, high = 1 / Lowest, scale = 1;
        var (slope, curvature) = Derivatives(images, scale);
        for (var step = 0; step < MostSteps && Math.Abs(slope) > Tolerance && high - low > Tolerance * low; step++)
        {
            if (slope > 0)
                high = scale;
            else
                low = scale;
            var next = scale - (slope / curvature);
            // Newton's step, or half of the interval where it leads out of it.
            scale = next > low && next < high ? next : (low + high) / 2;
            (slope, curvature) = Derivatives(images, scale);
        }
        return Math.Clamp(1 / scale, Lowest, Highest);
    }

    /// <summary>The log loss of each image with its outputs divided by a temperature.</summary>
    public static double[] Losses(HeldOutLogits images, double temperature)
    {
        var losses = new double[images.Count];
        for (var image = 0; image < losses.Length; image++)
        {
            var logits = images.Of(image);
            var (highest, sum) = (logits[images.PredictedOf(image)], 0.0);
            foreach (var logit in logits)
                sum += Math.Exp((logit - highest) / temperature);
            losses[image] = Math.Log(sum) - ((logits[(int)images.Labels[image]] - highest) / temperature);
        }
        return losses;
    }

    /// <summary>The first two derivatives of the mean loss by 1 / T.</summary>
    private static (double Slope, double Curvature) Derivatives(HeldOutLogits images, double scale)
    {
        var (slope, curvature, byChance) = (0.0, 0.0, 1.0 / (images.Count + 2));
        for (var image = 0; image < images.Count; image++)
        {
            var logits = images.Of(image);
            double highest = logits[images.PredictedOf(image)];
            double sum = 0, first = 0, second = 0, all = 0;
            foreach (var logit in logits)
            {
                // Relative to the highest, of which the derivatives do not depend.
                var value = logit - highest;
                var weight = Math.Exp(value * scale);
                (sum, first, second, all) = (sum + weight, first + (weight * value), second + (weight * value * value), all + value);
            }
            var mean = first / sum;
            var target = ((1 - byChance) * (logits[(int)images.Labels[image]] - highest)) + (byChance * all / logits.Length);
            slope += mean - target;
            curvature += (second / sum) - (mean * mean);
        }
        return (slope / images.Count, Math.Max(curvature / images.Count, double.Epsilon));
    }
}
