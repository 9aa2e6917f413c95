using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>The process whose memory <see cref="DecodeBenchmark"/> looks at: trains a small network on a folder, and prints how much it took at most.</summary>
internal static class DecodeTarget
{
    public const int Epochs = 2;

    /// <summary>Runs it as a process of its own.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static (long Images, long Peak, double Seconds) Start(string folder, ImageStorage storage)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])[typeof(DecodeTarget).Assembly.Location, "decode-target", "--data", folder, "--storage", $"{storage}"])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"The training failed with exit code {process.ExitCode}: {error.Result}");
        var figures = lines[^1].Split(' ');
        return (long.Parse(figures[0], CultureInfo.InvariantCulture), long.Parse(figures[1], CultureInfo.InvariantCulture), double.Parse(figures[2], CultureInfo.InvariantCulture));
    }

    public static void Run(string folder, ImageStorage storage)
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
            Epoch = Epochs,
            Device = "cpu",
            Seed = 7,
            ImageStorage = storage,
        }).Fit(images);
        Console.WriteLine(FormattableString.Invariant($"{images.FileCount} {PeakMemory()} {Stopwatch.GetElapsedTime(start).TotalSeconds:0.00}"));
    }

    /// <summary>Bytes that the process had in memory at most.</summary>
    private static long PeakMemory()
    {
        const string Status = "/proc/self/status";
        if (!File.Exists(Status))
            return Process.GetCurrentProcess().PeakWorkingSet64;
        var line = File.ReadLines(Status).Single(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
