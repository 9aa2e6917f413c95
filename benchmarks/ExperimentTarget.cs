using System.Globalization;
using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.Benchmarks;

/// <summary>The process that a test kills: an experiment of four small networks, which prints each finished trial and in the end the best.</summary>
internal static class ExperimentTarget
{
    public static void Run(string folder)
    {
        var mlContext = new MLContext(1);
        using var result = mlContext.MulticlassClassification.CreateRf3dExperiment(new Rf3dExperimentSettings
        {
            Seed = 7,
            ExperimentDirectory = folder,
            SearchSpace = new()
            {
                Architectures = [],
                Networks = [Network(8), Network(16)],
                Decompositions = [Decomposition.Off, Decomposition.DepthwisePointwise],
            },
            TrainerOptions = new() { Epoch = 2, BatchSize = 20, Device = "cpu" },
        }).Execute(mlContext.Data.LoadDrawnShapes(100, 1, size: 16), progressHandler: new Printer());
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"best {result.BestRun.TrainerName} {result.BestRun.Score}"));
    }

    private static ConvNet Network(int channels) => new()
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"network of {channels}"),
        Input = new TensorShape(3, 16, 16),
        Classes = 10,
        Stages = [Stage.Repeat(Block.Convolution(channels), 2, new MaxPool(2, 2)), Stage.Repeat(Block.Convolution(2 * channels, stride: 2), 2)],
    };

    // The framework's own progress hands reports to other threads.
    private sealed class Printer : IProgress<Rf3dRunDetail>
    {
        public void Report(Rf3dRunDetail value) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"trial {value.TrainerName} {value.Epochs}"));
    }
}
