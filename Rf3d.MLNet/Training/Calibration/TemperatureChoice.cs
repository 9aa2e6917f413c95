namespace Rf3d.MLNet;

/// <summary>Decides whether a model is calibrated, and by which temperature: only if that lowers the log loss of images that the temperature was not fitted to.</summary>
internal static class TemperatureChoice
{
    /// <summary>Fewer images say too little. docs/benchmarks/unknown-images.md has the measurement.</summary>
    public const int FewestImages = 100;

    /// <summary>More images do not change the temperature.</summary>
    public const int MostImages = 10_000;

    private const int Folds = 5;

    // Last bits of a computation do not reach the model.
    private const int Digits = 3;

    /// <param name="images">The outputs for images held out of training; null for none.</param>
    /// <param name="fewest">Number of images that are needed.</param>
    /// <returns>Null for fewer images, or for values that are not finite.</returns>
    public static ProbabilityCalibration? Of(HeldOutLogits? images, int fewest = FewestImages)
    {
        if (images is null || images.Count < fewest || !Array.TrueForAll(images.Logits, float.IsFinite))
            return null;
        var before = TemperatureFit.Losses(images, 1);
        var (after, sure) = (new double[images.Count], new (double Confidence, bool IsCorrect)[images.Count]);
        for (var fold = 0; fold < Folds; fold++)
        {
            // Every fifth image: sorted by class, each fold has all classes.
            var temperature = TemperatureFit.Of(images.Where(image => image % Folds != fold));
            var losses = TemperatureFit.Losses(images, temperature);
            for (var image = fold; image < images.Count; image += Folds)
                (after[image], sure[image]) = (losses[image], Confidence(images, image, temperature));
        }
        var chosen = after.Average() < before.Average() ? Math.Round(TemperatureFit.Of(images), Digits) : 1;
        var helps = chosen != 1;
        var errorBefore = ErrorOf(images, 1);
        return new()
        {
            Temperature = chosen,
            Images = images.Count,
            LogLossBefore = before.Average(),
            LogLossAfter = helps ? after.Average() : before.Average(),
            CalibrationErrorBefore = errorBefore,
            CalibrationErrorAfter = helps ? CalibrationError.Of(sure) : errorBefore,
        };
    }

    /// <summary>The expected calibration error of images with their outputs divided by a temperature.</summary>
    public static double ErrorOf(HeldOutLogits images, double temperature) => CalibrationError.Of([.. Enumerable.Range(0, images.Count).Select(image => Confidence(images, image, temperature))]);

    private static (double Confidence, bool IsCorrect) Confidence(HeldOutLogits images, int image, double temperature)
    {
        var logits = images.Of(image);
        var best = images.PredictedOf(image);
        double sum = 0;
        foreach (var logit in logits)
            sum += Math.Exp((logit - logits[best]) / temperature);
        return (1 / sum, best == images.Labels[image]);
    }
}
