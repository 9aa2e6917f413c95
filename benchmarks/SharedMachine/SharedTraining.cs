using System.Diagnostics;
using System.Globalization;
using Rf3d.MLNet;
using Rf3d.MLNet.Tests.Images;
using Rf3d.Planning;
using static TorchSharp.torch;

namespace Rf3d.Benchmarks;

/// <summary>The result of one training of <see cref="SharedMachineBenchmark"/>, in its own process.</summary>
/// <param name="ImagesPerSecond">Of the time after the first seconds.</param>
/// <param name="Threads">At the end.</param>
/// <param name="DecisionSeconds">From the first step to the last change of the number of threads; null where it did not change.</param>
internal sealed record SharedTraining(double ImagesPerSecond, int Threads, double? DecisionSeconds)
{
    public const string Command = "shared-machine-target";

    private const int StepsOfEpoch = 4;

    /// <summary>Trainings at once, each in a separate process.</summary>
    /// <param name="arguments">Of the command.</param>
    /// <param name="way">How they train.</param>
    /// <param name="count">How many.</param>
    /// <param name="quota">Limits their processor time; null for no limit.</param>
    public static IReadOnlyList<SharedTraining> InProcesses(IReadOnlyList<string> arguments, TrainingWay way, int count, CpuQuota? quota)
    {
        var processes = Enumerable.Range(0, count).Select(_ => Start()).ToList();
        // Their errors are those of this program: they are printed where they happen.
        var lines = processes.ConvertAll(process => process.StandardOutput.ReadToEndAsync());
        return [.. processes.Zip(lines, Read)];

        Process Start()
        {
            var start = OwnProcess.Start([Command, .. arguments, "--adapt", way.Adapts.ToString()]);
            if (way is { Variable: { } name, Value: { } value })
                start.Environment[name] = value;
            quota?.Wrap(start);
            start.RedirectStandardOutput = true;
            return Process.Start(start)!;
        }

        static SharedTraining Read(Process process, Task<string> output)
        {
            using (process)
            {
                process.WaitForExit();
                if (process.ExitCode != 0)
                    throw new InvalidOperationException($"{Command} failed with exit code {process.ExitCode}.");
                var figures = output.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1].Split(' ');
                return new(Number(figures[0]), (int)Number(figures[1]), figures[2] == "-" ? null : Number(figures[2]));
            }
        }

        static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
    }

    /// <summary>Trains for some seconds, and prints the figures of the seconds after the first.</summary>
    public static void Run(Architecture network, int size, int batch, TrainingPrecision precision, bool adapts, double warmUp, double seconds)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (layout, count) = (NetworkLayout.Of(ConvNetFactory.Create(network, size, size, 10)), (long)batch * StepsOfEpoch);
        using var images = ImageSets.Of(randint(0, 256, [count, size, size, 3], ScalarType.Byte, generator: generator), randint(10, [count], generator: generator));
        var settings = new TrainingSettings(new TrainingRecipe { BatchSize = batch, Epoch = 100_000, LearningRate = 0.01 }, Seed: 1, CPU) { Precision = precision };
        using var end = new CancellationTokenSource();
        var clock = new Stopwatch();
        (double Seconds, long Images)? timed = null;
        var (elapsed, done) = (0d, 0L);
        double? decided = null;
        var threads = get_num_threads();
        new TrainingSession(layout, settings, new(images, arange(count)), null, new([128, 128, 128], [64, 64, 64]))
        {
            WatchThreads = () => adapts ? ThreadWatch.For(CPU, isDeterministic: false, settings.Clock, message =>
            {
                decided = clock.Elapsed.TotalSeconds;
                Console.Error.WriteLine(message);
            }) : null,
            Report = metrics =>
            {
                clock.Start();
                (elapsed, threads) = (clock.Elapsed.TotalSeconds, get_num_threads());
                done = ((metrics.Epoch - 1) * count) + ((long)metrics.Batch * batch);
                if (timed is null && elapsed >= warmUp)
                    timed = (elapsed, done);
                // Not in the first epoch: a training that is cancelled there has no model.
                if (metrics.Epoch > 1 && timed is { } start && elapsed >= start.Seconds + seconds)
                    end.Cancel();
            },
        }.Run(end.Token);
        var (began, doneBefore) = timed!.Value;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{(done - doneBefore) / (elapsed - began):0.000} {threads} {(decided is { } moment ? $"{moment:0.0}" : "-")}"));
    }
}
