using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Rf3d.MLNet;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.Benchmarks;

/// <summary>
/// Where the time of a step goes: each part by itself, the device waited for after it; and whole steps, not waited for, as they are trained: how long it takes to ask for
/// them, and until they are done. If the two are alike, the device waits for the program.
/// </summary>
internal static class StepProfile
{
    private const int WarmUp = 6;

    /// <param name="place">Network, batch, images.</param>
    /// <param name="optimizer">Muon learns with identity branches.</param>
    /// <param name="forms">The forms of a step: those for a GPU, or those for a CPU.</param>
    /// <param name="steps">How many are timed.</param>
    /// <param name="isForProfiler">Whether one step is marked for a profiler, and nothing timed.</param>
    /// <param name="isGraph">Whether a step on a batch that is prepared in advance is captured as a CUDA graph, by <see cref="GraphProbe"/>.</param>
    public static void Run(DeviceCase place, TrainingOptimizer optimizer, StepForms forms, int steps, bool isForProfiler, bool isGraph)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var settings = place.Settings(optimizer, forms, 1);
        using var network = new TorchNetwork(place.Layout, generator);
        network.Prepare(settings);
        network.train();
        using var tensorFloat32 = TensorFloat32.Set(settings);
        using var source = place.Source();
        using var indexed = settings.StepForms == StepForms.Gpu ? place.Indexed(settings) : null;
        var augmenter = new Augmenter(source, settings, place.Layout.Network.Classes, generator, indexed);
        using var descent = Optimizers.Make(network, settings);
        using var gradients = new StepGradients(network, descent, settings.StepForms);
        using var meter = new EpochMeter(place.Device);
        var indices = arange(place.Batch);
        var times = new SortedDictionary<string, double>(StringComparer.Ordinal);

        if (isGraph)
        {
            var ready = augmenter.Make(indices, 1);
            GraphProbe.Run($"{place.Name} batch {place.Batch} {optimizer} {forms}", place.Batch, () => Learn(ready, isTimed: false), network.parameters().First());
            return;
        }
        for (var step = 0; step < WarmUp; step++)
            Step(isTimed: false);
        Wait();
        if (isForProfiler)
        {
            CudaProfiler.Mark(() =>
            {
                Step(isTimed: false);
                Wait();
            });
            return;
        }
        for (var step = 0; step < steps; step++)
            Step(isTimed: true);
        var start = Stopwatch.GetTimestamp();
        for (var step = 0; step < steps; step++)
            Step(isTimed: false);
        var asked = Stopwatch.GetElapsedTime(start);
        Wait();
        var done = Stopwatch.GetElapsedTime(start);
        var parts = string.Join("  ", times.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Key} {part.Value / steps:0.000}")));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"profile {place.Name} batch {place.Batch} {optimizer} {forms}: ms a step: asked {asked.TotalMilliseconds / steps:0.000}  done {done.TotalMilliseconds / steps:0.000}  | waited for: {parts}"));

        void Step(bool isTimed)
        {
            using var stepScope = NewDisposeScope();
            Learn(Time("1 augment", () => augmenter.Make(indices, 1), isTimed), isTimed);
        }

        void Learn(TrainingBatch batch, bool isTimed)
        {
            using var partScope = NewDisposeScope();
            var loss = Time("2 forward", () =>
            {
                gradients.Prepare();
                var logits = network.call(batch.Images);
                var mean = nn.functional.cross_entropy(logits, batch.Labels, label_smoothing: settings.Recipe.LabelSmoothing);
                meter.Add(mean, logits, batch.Labels);
                return mean;
            }, isTimed);
            Time("3 backward", () =>
            {
                gradients.Collect(loss);
                return 0;
            }, isTimed);
            Time("4 optimizer", () =>
            {
                descent.Step(0.01);
                return 0;
            }, isTimed);
        }

        T Time<T>(string part, Func<T> work, bool isTimed)
        {
            if (!isTimed)
                return work();
            var begin = Stopwatch.GetTimestamp();
            var result = work();
            Wait();
            times[part] = times.GetValueOrDefault(part) + Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            return result;
        }

        void Wait()
        {
            if (place.Device.type == DeviceType.CUDA)
                cuda.synchronize(place.Device);
        }
    }
}

/// <summary>Marks the work that NVIDIA's profilers record.</summary>
internal static class CudaProfiler
{
    public static void Mark(Action work)
    {
        Call("cuProfilerStart");
        work();
        Call("cuProfilerStop");
    }

    private static void Call(string name)
    {
        if (NativeLibrary.TryLoad("libcuda.so.1", out var driver) && NativeLibrary.TryGetExport(driver, name, out var function))
            Marshal.GetDelegateForFunctionPointer<Function>(function)();
    }

    private delegate int Function();
}
