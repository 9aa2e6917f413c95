using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.Benchmarks;

/// <summary>The process whose memory <see cref="DecodeBenchmark"/> looks at: trains a small network on a folder, and prints how much it took at most.</summary>
internal static class DecodeTarget
{
    /// <summary>Runs it as a separate process.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static (long Images, long Peak, double Seconds) Start(string folder, ImageStorage storage, int epochs)
    {
        var figures = OwnProcess.LastLine("decode-target", "--data", folder, "--storage", $"{storage}", "--epochs", $"{epochs}").Split(' ');
        return (long.Parse(figures[0], CultureInfo.InvariantCulture), long.Parse(figures[1], CultureInfo.InvariantCulture), double.Parse(figures[2], CultureInfo.InvariantCulture));
    }

    public static void Run(string folder, ImageStorage storage, int epochs)
    {
        TorchNative.EnsureLoaded();
        var start = Stopwatch.GetTimestamp();
        var mlContext = new MLContext(1);
        var images = mlContext.Data.LoadImageFolder(folder);
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(new Rf3dImageClassificationTrainer.Options
        {
            Network = new ConvNet
            {
                Name = "small",
                Input = new TensorShape(3, DecodeBenchmark.Size, DecodeBenchmark.Size),
                Classes = 2,
                Stages = [Stage.Repeat(Block.Convolution(8), 1, new MaxPool(4, 4)), Stage.Repeat(Block.DepthwiseSeparable(16, stride: 2), 1)],
            },
            Epoch = epochs,
            // Enough that even the smallest set has a full batch to validate on.
            ValidationSetFraction = 0.2f,
            Device = "cpu",
            Seed = 7,
            ImageStorage = storage,
        }).Fit(images);
        Console.WriteLine(FormattableString.Invariant($"{images.FileCount} {PeakMemory.Bytes} {Stopwatch.GetElapsedTime(start).TotalSeconds:0.00}"));
    }
}
