using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>Images in a training step, and the highest learning rate, where the options leave them open.</summary>
/// <param name="Size">Images in a step.</param>
/// <param name="LearningRate">Highest rate of the schedule.</param>
/// <param name="Reason">The reason, as the end of a sentence.</param>
internal sealed record BatchChoice(int Size, double LearningRate, string Reason)
{
    /// <summary>Batch size for small sets and for CPUs: with larger batches a network learns less from each image.</summary>
    public const int SmallSize = 32;

    // Accuracy falls behind with larger ones, and few networks get faster.
    private const int MostSize = 1024;

    // An epoch of fewer steps learns less; docs/benchmarks/gpu.md has the measurements.
    private const long LeastSteps = 64;

    // A kernel has some thirteen calls in a step, at which a GPU is for as long as it takes to make them only if each has millions of values to go through.
    private const double ValuesOfKernel = 50e6;

    private const double RateOfSmallSize = 0.05;
    private const double ShareOfMemory = 0.8;

    /// <param name="size">Images in a step, if that is settled.</param>
    /// <param name="rate">The learning rate, if that is settled.</param>
    /// <param name="images">Images to learn from.</param>
    /// <param name="layout">The network.</param>
    /// <param name="isGpu">Whether it learns on a GPU.</param>
    /// <param name="freeBytes">Memory that the GPU has left; null where that is not known.</param>
    /// <param name="memory">What a training with so many images in a step takes.</param>
    public static BatchChoice Of(int? size, double? rate, long images, NetworkLayout layout, bool isGpu, long? freeBytes, Func<int, TrainingMemory> memory)
    {
        if (size is { } given)
            return new(given, rate ?? RateOfSmallSize, "as asked for");
        var (chosen, reason) = isGpu ? OnGpu(images, layout, freeBytes, memory) : (SmallSize, "as always on a CPU");
        return new(chosen, rate ?? RateFor(chosen), reason);
    }

    /// <summary>The same with half of the images in a step.</summary>
    /// <param name="rate">The learning rate, if that is settled.</param>
    public BatchChoice Halved(double? rate) => new(Size / 2, rate ?? LearningRate * RateFor(Size / 2) / RateFor(Size), "as many as a step has memory for");

    /// <summary>
    /// 0.05 at 32 images, and with the root of their number, so that a step's noise moves the weights as far (A. Krizhevsky, 2014; E. Hoffer et al., 2017; for
    /// optimizers that make steps of one length, S. Malladi et al., 2022): the usual 0.1 at 128, and 0.2 at 512, which P. Goyal et al. (2017) have, too.
    /// </summary>
    internal static double RateFor(int size) => RateOfSmallSize * Math.Sqrt((double)size / SmallSize);

    private static (int Size, string Reason) OnGpu(long images, NetworkLayout layout, long? freeBytes, Func<int, TrainingMemory> memory)
    {
        var kernels = layout.Layers.Count(layer => layer.Layer is ConvLayer);
        (double Size, string Reason)[] limits =
        [
            (MostSize, "more would cost accuracy"),
            (images / LeastSteps, $"so that an epoch has {LeastSteps} steps"),
            (PowerFrom(ValuesOfKernel * kernels / ValuesOf(layout)), "which keeps the GPU busy"),
        ];
        var (size, reason) = limits.MinBy(limit => limit.Size);
        var chosen = PowerTo(Math.Max(SmallSize, size));
        while (freeBytes is { } free && chosen > 2 && memory(chosen).Total > ShareOfMemory * free)
            (chosen, reason) = (chosen / 2, "as many as the GPU has memory for");
        return (chosen, reason);
    }

    private static double ValuesOf(NetworkLayout layout) => layout.Layers.Where(layer => layer.Layer is ConvLayer).Sum(layer => (double)layer.Output.Volume);

    private static int PowerTo(double size) => 1 << (int)Math.Floor(Math.Log2(size));

    // A batch that falls short by little is not halved for it.
    private static double PowerFrom(double size) => 1 << (int)Math.Clamp(Math.Round(Math.Log2(size)), 0, 20);
}
