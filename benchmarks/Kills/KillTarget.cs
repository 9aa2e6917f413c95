using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.Benchmarks;

/// <summary>The process that <see cref="Kills"/> kills: trains a small network, with everything in it that has a state, and prints a hash of its weights.</summary>
internal static class KillTarget
{
    /// <summary>Printed when the images are read, a checkpoint was looked for, and a batch was trained.</summary>
    public const string Ready = "ready";

    /// <param name="folder">Where the checkpoints are; null for none.</param>
    /// <param name="storage">Where the images are.</param>
    /// <param name="cache">Where a file of them is kept.</param>
    /// <param name="epochs">Passes over the images.</param>
    public static void Run(string? folder, ImageStorage storage, string cache, int epochs)
    {
        var mlContext = new MLContext(1);
        var images = mlContext.Data.LoadDrawnShapes(200, 1, size: 16);
        var isReady = false;
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(new Rf3dImageClassificationTrainer.Options
        {
            // Batch normalisation, momentum and dropout: running statistics, the optimizer's memory, random numbers within the network.
            Network = new ConvNet
            {
                Name = "small",
                Input = new TensorShape(3, 16, 16),
                Classes = 10,
                Stages = [Stage.Repeat(Block.Convolution(16), 2, new MaxPool(2, 2)), Stage.Repeat(Block.DepthwiseSeparable(32, stride: 2), 2)],
                Head = new Head { HiddenLayers = [32], Dropout = 0.2 },
            },
            Epoch = epochs,
            BatchSize = 20,
            Device = "cpu",
            // Beside other processes the number of threads would follow the cores that are free.
            Deterministic = true,
            Seed = 7,
            // Averages of the weights are state, too.
            EmaDecay = 0.99,
            ImageStorage = storage,
            ImageCacheDirectory = cache,
            CheckpointDirectory = folder,
            // After every batch: half of the kills then come while a file is being written.
            CheckpointMinutes = 1e-6,
            MetricsCallback = _ =>
            {
                if (!isReady)
                    Console.WriteLine(Ready);
                isReady = true;
            },
        }).Fit(images);
        Console.WriteLine(Hash(model));
    }

    private static string Hash(Rf3dImageClassificationTransformer model)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var weights = model.Model.Weights;
        foreach (var name in weights.Names.Order(StringComparer.Ordinal))
            hash.AppendData(MemoryMarshal.AsBytes(weights[name].Values.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
