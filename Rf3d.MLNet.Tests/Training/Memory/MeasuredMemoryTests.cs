using System.Globalization;
using Rf3d.MLNet.Tests.Examples;
using Rf3d.MLNet.Tests.Images;
using Rf3d.MLNet.Tests.Torch;
using Rf3d.Planning;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training.Memory;

/// <summary>The memory that is worked out before a training, beside the memory that it takes.</summary>
[TestClass]
public class MeasuredMemoryTests
{
    private const double Tolerance = 0.2;

    [TestMethod]
    [DataRow(false, TrainingPrecision.Float32, "vgg", "residual-strided", "residual-pooled", "mobilenet-strided", "rolling", "shuffle", "wide-adamw-ema")]
    [DataRow(true, TrainingPrecision.BFloat16, "vgg-hard-swish", "bottleneck", "mobilenet", "rolling", "wide-muon")]
    public void Steps_on_the_cpu_take_what_was_worked_out(bool asOnGpu, TrainingPrecision precision, params string[] networks)
    {
        if (!OperatingSystem.IsLinux())
            Assert.Inconclusive("Skipped: only Linux reports, and sets back, the peak of a process.");
        TorchNative.EnsureLoaded();
        if (TorchNative.ConvolutionFinding is not null)
            Assert.Inconclusive("Skipped: oneDNN is off on this machine, and convolutions without it need other memory.");
        var (exitCode, output, error) = ExampleProcess.RunBenchmark(["memory-target", "--forms", (asOnGpu ? StepForms.Gpu : StepForms.Plain).ToString(), "--number-precision", precision.ToString(), "--networks", .. networks]);
        Assert.AreEqual(0, exitCode, output + error);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.HasCount(networks.Length, lines);
        foreach (var line in lines)
        {
            var figures = line.Split(' ');
            var (measured, expected) = (double.Parse(figures[1], CultureInfo.InvariantCulture), double.Parse(figures[2], CultureInfo.InvariantCulture));
            Assert.AreEqual(1, expected / measured, Tolerance, output);
        }
    }

    [TestMethod]
    [TestCategory("Cuda")]
    public void A_training_on_a_gpu_takes_what_was_worked_out()
    {
        Gpu.Require(cuda.is_available());
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        const int Batch = 1024;
        var layout = NetworkLayout.Of(ConvNetFactory.Create(Architecture.ResNet18, 32, 32, 10));
        var settings = new TrainingSettings(new() { BatchSize = Batch, Epoch = 2, LearningRate = 0.01 }, Seed: 1, CUDA) { Precision = TrainingPrecision.BFloat16 };
        using var drawn = ImageSets.Of(randint(0, 256, [2 * Batch, 32, 32, 3], ScalarType.Byte, generator: generator), randint(10, [2 * Batch], generator: generator));
        using var images = new ImageSet(drawn.Index, new DeviceImageStore(drawn.Store, drawn.Index, CUDA));
        // Loads the libraries' code, so that little is left of their allowance.
        Train(settings.With(recipe => recipe.BatchSize = 2), new(images, arange(4)));
        var before = CudaDriver.FreeBytes(0)!.Value;
        var expected = TrainingMemory.Of(layout, settings, DeviceImages.Of(images, null));
        Train(settings, new(images, arange(images.Count)));
        var taken = before - CudaDriver.FreeBytes(0)!.Value;
        var counted = expected.Total - expected.Images - TrainingMemory.OnGpu(layout.Network, 1).Libraries;
        Assert.AreEqual(1, (double)counted / taken, Tolerance, $"{taken} bytes: {expected}");

        void Train(TrainingSettings of, ImageSubset subset) => new TrainingSession(layout, of, subset, null, new([128, 128, 128], [64, 64, 64])).Run(default);
    }
}
