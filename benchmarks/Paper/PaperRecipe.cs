using System.Globalization;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>How every row is trained: the settings that accuracies of one column share.</summary>
/// <param name="Epochs">Passes over the images.</param>
/// <param name="Batch">Images in a step.</param>
/// <param name="Images">Training images.</param>
/// <param name="Schedule">How the learning rate changes.</param>
/// <param name="LearningRate">Its highest value.</param>
/// <param name="Precision">Of the convolutions while training.</param>
/// <param name="Device">"cpu" or "cuda".</param>
internal sealed record PaperRecipe(
    int Epochs, int Batch, int Images, LearningRateSchedule Schedule, double LearningRate, TrainingPrecision Precision, string Device)
{
    private const double PaperLearningRate = 0.1;

    // The text does not say; of the implementations of its time for CIFAR-10 it is the usual one.
    private const int PaperBatch = 128;

    /// <summary>The paper's learning rate, for another batch by the root of their ratio: the noise of a step stays the same (E. Hoffer et al., 2017).</summary>
    public static double LearningRateFor(int batch) => PaperLearningRate * Math.Sqrt((double)batch / PaperBatch);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Epochs} epochs of {Images:#,0} images, batch {Batch}, {Schedule} up to {LearningRate:0.####}, {Precision}, {Device}");
}
