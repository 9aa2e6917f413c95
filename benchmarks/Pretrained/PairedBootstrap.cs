namespace Rf3d.Benchmarks;

/// <summary>The mean of differences between two classifiers on the same images, and its interval (percentile bootstrap: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13).</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Low">Lower end of its 95 % interval.</param>
/// <param name="High">Upper end.</param>
internal readonly record struct PairedBootstrap(double Mean, double Low, double High)
{
    private const double Confidence = 0.95;

    /// <param name="differences">One for each image.</param>
    /// <param name="resamples">How often as many images are drawn with replacement.</param>
    /// <param name="seed">Of the draws.</param>
    /// <exception cref="ArgumentException">There are no images.</exception>
    public static PairedBootstrap Of(IReadOnlyList<double> differences, int resamples, int seed)
    {
        if (differences.Count == 0)
            throw new ArgumentException("There are no images to draw from.", nameof(differences));
        var random = new Random(seed);
        var means = new double[resamples];
        for (var resample = 0; resample < resamples; resample++)
        {
            var sum = 0.0;
            for (var i = 0; i < differences.Count; i++)
                sum += differences[random.Next(differences.Count)];
            means[resample] = sum / differences.Count;
        }
        Array.Sort(means);
        return new(differences.Average(), Quantile((1 - Confidence) / 2), Quantile((1 + Confidence) / 2));

        double Quantile(double share) => means[(int)Math.Round(share * (resamples - 1))];
    }
}
