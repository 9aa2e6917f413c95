namespace Rf3d.MLNet;

/// <summary>
/// Between what an accuracy lies with 95 % confidence: the interval of E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927), which is
/// sound for few images and for accuracies near 0 and 1.
/// </summary>
internal readonly record struct AccuracyInterval(double Low, double High)
{
    // The standard normal distribution has 95 % between -z and z.
    private const double Z = 1.959963984540054;

    /// <param name="accuracy">Share of the images that were classified correctly.</param>
    /// <param name="images">Number of images; the interval is 0 to 1 where it is 0.</param>
    public static AccuracyInterval Of(double accuracy, long images)
    {
        if (images == 0)
            return new(0, 1);
        double n = images, square = Z * Z;
        var middle = (accuracy + (square / (2 * n))) / (1 + (square / n));
        var half = Z / (1 + (square / n)) * Math.Sqrt((accuracy * (1 - accuracy) / n) + (square / (4 * n * n)));
        return new(Math.Max(0, middle - half), Math.Min(1, middle + half));
    }
}
