using System.Diagnostics;
using System.Globalization;
using Rf3d.MLNet;
using Rf3d.MLNet.Tests.Images;
using Rf3d.Planning;
using static TorchSharp.torch;

namespace Rf3d.Benchmarks;

/// <summary>The effect of another number of threads on the weights, and the cost of watching the processors.</summary>
internal static class ThreadEffects
{
    private const int StepsOfEpoch = 8, Epochs = 2;

    public static string OnWeights(Architecture network, int size, int batch, TrainingPrecision precision)
    {
        var before = get_num_threads();
        try
        {
            var (one, again, two) = (Train(1), Train(1), Train(2));
            return $"After {Epochs * StepsOfEpoch} steps with one thread and with two, {Difference(one, two)}; with one thread and with one, {Difference(one, again)}.";
        }
        finally
        {
            set_num_threads(before);
        }

        WeightTable Train(int threads)
        {
            set_num_threads(threads);
            using var scope = NewDisposeScope();
            using var generator = new Generator(1);
            var (layout, count) = (NetworkLayout.Of(ConvNetFactory.Create(network, size, size, 10)), (long)batch * StepsOfEpoch);
            using var images = ImageSets.Of(randint(0, 256, [count, size, size, 3], ScalarType.Byte, generator: generator), randint(10, [count], generator: generator));
            var settings = new TrainingSettings(new TrainingRecipe { BatchSize = batch, Epoch = Epochs, LearningRate = 0.01 }, Seed: 1, CPU) { Precision = precision };
            return new TrainingSession(layout, settings, new(images, arange(count)), null, new([128, 128, 128], [64, 64, 64])).Run(default).Weights;
        }
    }

    /// <summary>Mean time to read the times of the processors.</summary>
    public static string OfWatching()
    {
        const int Readings = 200;
        if (ProcessorSet.OfThisProcess() is not { } set)
            return "This system does not tell what its processors do.";
        ProcessorTimes.Now(set.Processors);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Readings; i++)
            ProcessorTimes.Now(set.Processors);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds / Readings;
        return string.Create(CultureInfo.InvariantCulture, $"Reading what the processors have done takes {1e6 * seconds:0} µs, at most once a second: {seconds:P3} of the time.");
    }

    private static string Difference(WeightTable one, WeightTable other)
    {
        var pairs = one.Names.SelectMany(name => one[name].Values.Zip(other[name].Values)).ToList();
        var differing = pairs.Count(pair => pair.First != pair.Second);
        return differing == 0
            ? "all weights are the same, bit by bit"
            : string.Create(CultureInfo.InvariantCulture, $"{(double)differing / pairs.Count:P0} of the weights differ, by up to {pairs.Max(pair => Math.Abs(pair.First - pair.Second)):0.0e0} (largest weight: {pairs.Max(pair => Math.Abs(pair.First)):0.0})");
    }
}
