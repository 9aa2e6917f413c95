using System.Globalization;

namespace Rf3d.MLNet;

/// <summary>Finds a model that is much worse on training images than its training reported.</summary>
internal static class TrainingAccuracyCheck
{
    private const double MostDifference = 0.2;

    /// <param name="epoch">The epoch whose weights are the model's.</param>
    /// <param name="accuracy">Of the model on training images, without random changes.</param>
    /// <param name="images">How many these are.</param>
    /// <returns>Null where the two are close, or the model is the better one: training images are harder with random changes.</returns>
    public static string? Warning(TrainingMetrics epoch, double accuracy, long images) => epoch.Accuracy - accuracy <= MostDifference ? null : string.Create(
        CultureInfo.InvariantCulture,
        $"The model classifies {100 * accuracy:0.0} % of {images} training images correctly, but while it was trained, in epoch {epoch.Epoch}, it was {100 * epoch.Accuracy:0.0} %. In training, batch normalisation uses the mean and variance of each batch; the model uses those of many images, and the two differ much. The accuracy of the model is the one on training images and in validation, not the one reported in training. Train for more epochs, with a larger BatchSize or a lower LearningRate; if EmaDecay is set, leave it out or lower it.");
}
