using System.Globalization;
using System.Runtime.InteropServices;
using Rf3d.MLNet;
using Rf3d.MLNet.Tests.Images;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.Benchmarks;

/// <summary>
/// Measures trainings in a process of its own, which <see cref="MemoryBenchmark"/> and a test start. On the CPU: by how much the resident memory of the process rises from before the
/// network is made to its peak (Linux; VmHWM, set back by clear_refs). On a GPU: the memory that is not free any more, the context included.
/// </summary>
internal static class MemoryTarget
{
    private const int Steps = 2;
    private const int Repetitions = 2;

    // mallopt(3): from this size on a tensor is a mapping of its own, which is returned to the system when it is freed.
    private const int MmapThreshold = -3, TrimThreshold = -1, SmallMapping = 1 << 16;

    /// <summary>Prints a line for each: name, measured bytes, expected bytes.</summary>
    /// <param name="cases">The trainings.</param>
    /// <param name="device">Where they are.</param>
    /// <param name="precision">Their precision.</param>
    /// <param name="forms">The forms of their steps.</param>
    public static void Run(IEnumerable<MemoryCase> cases, Device device, TrainingPrecision precision, StepForms forms)
    {
        if (device.type == DeviceType.CPU)
        {
            _ = SetOption(MmapThreshold, SmallMapping);
            _ = SetOption(TrimThreshold, SmallMapping);
        }
        foreach (var one in cases)
        {
            var (measured, expected) = Measure(one, device, precision, forms);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{one.Name} {measured} {expected}"));
        }
    }

    private static (long Measured, long Expected) Measure(MemoryCase one, Device device, TrainingPrecision precision, StepForms forms)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var input = one.Network.Input;
        var onCpu = ImageSets.Of(randint(0, 256, [one.Batch, input.Height, input.Width, 3], ScalarType.Byte, generator: generator), randint(one.Network.Classes, [one.Batch], generator: generator));
        var isGpu = device.type == DeviceType.CUDA;
        using var images = isGpu ? new ImageSet(onCpu.Index, new DeviceImageStore(onCpu.Store, onCpu.Index, device)) : onCpu;
        var layout = NetworkLayout.Of(one.Network);
        var settings = new TrainingSettings(one.Recipe(), Seed: 1, device) { Precision = precision, Forms = forms };
        var expected = TrainingMemory.Of(layout, settings, DeviceImages.Of(images, null));
        if (isGpu)
        {
            Train(layout, settings, images);
            return ((CudaDriver.TotalBytes(device.index) - CudaDriver.FreeBytes(device.index)) ?? 0, expected.Total);
        }
        // The first training loads code and lets oneDNN fill its caches.
        Train(layout, settings, images, steps: 1);
        return (Enumerable.Range(0, Repetitions).Max(_ => Rise(() => Train(layout, settings, images))), expected.Total - expected.Libraries);
    }

    /// <summary>By how much the resident memory rises at most. What the process returns to the system meanwhile would make it too small.</summary>
    private static long Rise(Action action)
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GlibcHeap.ReturnFree();
        var before = ProcessMemory.Resident(Environment.ProcessId);
        File.WriteAllText("/proc/self/clear_refs", "5");
        action();
        return PeakMemory.Bytes - before;
    }

    /// <summary>The steps of a training, as <see cref="TrainingSession"/> takes them.</summary>
    private static void Train(NetworkLayout layout, TrainingSettings settings, ImageSet images, int steps = Steps)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var network = new TorchNetwork(layout, generator);
        network.Prepare(settings);
        network.train();
        using var batches = new BatchSource(images, new([128, 128, 128], [64, 64, 64]), settings.Device);
        using var optimizer = Optimizers.Make(network, settings);
        using var average = settings.Recipe.EmaDecay is > 0 and var decay ? new WeightAverage(network, decay) : null;
        using var indexed = settings.StepForms == StepForms.Gpu ? new IndexedBatches(images, settings) : null;
        using var step = new TrainingStep(network, optimizer, average, new Augmenter(batches, settings, layout.Network.Classes, generator, indexed), settings);
        using var best = new WeightSnapshot(network);
        for (var i = 0; i < steps; i++)
        {
            using var stepScope = NewDisposeScope();
            var (loss, _, _) = step.Run(arange(images.Count), 1, 0.01);
            _ = loss.item<float>();
        }
    }

    [DllImport("libc.so.6", EntryPoint = "mallopt")]
    private static extern int SetOption(int option, int value);
}
