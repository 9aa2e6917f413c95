using System.Globalization;
using Rf3d.MLNet;
using Rf3d.MLNet.Tests.Images;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.Benchmarks;

/// <summary>The figures of one training, which <see cref="KeptMemoryBenchmark"/> starts in a separate process.</summary>
/// <param name="ImagesPerSecond">Of the last epoch.</param>
/// <param name="PeakBytes">The most memory that the process had.</param>
internal sealed record KeptMemorySpeed(double ImagesPerSecond, long PeakBytes)
{
    // The first two let the heap take its shape, and the trainer decide whether to keep it.
    public const int Epochs = 3;

    public const int StepsOfEpoch = 16;

    public const string Command = "kept-memory-speed-target";

    public static KeptMemorySpeed InProcess(Architecture network, int size, int batch, TrainingPrecision precision, bool keeps)
    {
        string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
        var line = OwnProcess.LastLine(
            Command, "--network", network.ToString(), "--size", Number(size), "--batch-size", Number(batch), "--number-precision", precision.ToString(), "--keep", keeps.ToString());
        var figures = line.Split(' ');
        return new(double.Parse(figures[0], CultureInfo.InvariantCulture), long.Parse(figures[1], CultureInfo.InvariantCulture));
    }

    public static void Run(Architecture network, int size, int batch, TrainingPrecision precision, bool keeps)
    {
        if (keeps)
            TorchRuntime.KeepMemory();
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (layout, count) = (NetworkLayout.Of(ConvNetFactory.Create(network, size, size, 10)), (long)batch * StepsOfEpoch);
        using var images = ImageSets.Of(randint(0, 256, [count, size, size, 3], ScalarType.Byte, generator: generator), randint(10, [count], generator: generator));
        var settings = new TrainingSettings(new TrainingRecipe { BatchSize = batch, Epoch = Epochs, LearningRate = 0.01 }, Seed: 1, CPU) { Precision = precision };
        var history = new TrainingSession(layout, settings, new(images, arange(count)), null, new([128, 128, 128], [64, 64, 64])).Run(default).History;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{history.Epochs[^1].ImagesPerSecond:0.000} {PeakMemory.Bytes}"));
    }
}
