using Microsoft.ML;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.ModelBuilder.Tests;

/// <summary>A trained model in memory, for tests of what is written about a training: made once, by one small network.</summary>
internal static class SmallTransformer
{
    private static readonly Lazy<Rf3dImageClassificationTransformer> Trained = new(Train);

    public static Rf3dImageClassificationTransformer Model => Trained.Value;

    public static void Delete()
    {
        if (Trained.IsValueCreated)
            Trained.Value.Dispose();
    }

    private static Rf3dImageClassificationTransformer Train()
    {
        var mlContext = new MLContext(1);
        return mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(new Rf3dImageClassificationTrainer.Options
        {
            Network = new() { Name = "small", Input = new TensorShape(3, 16, 24), Classes = 10, Stages = [Stage.Repeat(Block.Convolution(8), 1, new MaxPool(2, 2))] },
            Epoch = 2,
            Device = "cpu",
            Seed = 1,
        }).Fit(mlContext.Data.LoadDrawnShapes(60, seed: 1, size: 16));
    }
}
