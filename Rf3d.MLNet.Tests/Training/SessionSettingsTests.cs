using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Training;

/// <summary>Settings that more than one part of a training reads, each of which would mask the loss of another.</summary>
[TestClass]
public class SessionSettingsTests
{
    [TestMethod]
    public void The_first_weights_go_by_the_seed()
    {
        // Without any augmentation, and steps so small that the drawn weights stay.
        Assert.AreNotEqual(Kernel(Train(settings => settings with { Seed = 5 })), Kernel(Train(settings => settings with { Seed = 6 })), 1e-3);
        Assert.AreEqual(Kernel(Train(settings => settings)), Kernel(Train(settings => settings)), 0);
    }

    [TestMethod]
    public void Kernels_compute_in_the_precision()
    {
        var (exact, half) = (Train(settings => settings, 0.05), Train(settings => settings with { Precision = TrainingPrecision.BFloat16 }, 0.05));
        Assert.AreNotEqual(Kernel(exact), Kernel(half), 1e-7);
    }

    [TestMethod]
    public void Batches_are_drawn_by_classes_where_that_is_asked_for()
    {
        var (plain, balanced) = (Train(settings => settings, 0.05), Train(settings => settings.With(recipe => recipe.BalancedSampling = true), 0.05));
        Assert.AreNotEqual(Kernel(plain), Kernel(balanced), 1e-7);
    }

    [TestMethod]
    public void The_history_has_the_settings()
    {
        var history = Train(settings => settings.With(recipe => recipe.BatchSize = 12) with { Seed = 8, Precision = TrainingPrecision.BFloat16 }, 0.04).History;
        Assert.AreEqual(("cpu", 8, 12, 0.04, TrainingPrecision.BFloat16), (history.Device, history.Seed, history.BatchSize, history.LearningRate, history.Precision));
    }

    private static TrainedNetwork Train(Func<TrainingSettings, TrainingSettings> change, double rate = 1e-6)
    {
        using var training = new SmallTraining
        {
            Epochs = 1,
            Recipe = settings => change(settings.With(recipe => (recipe.LearningRate, recipe.RandomCrop, recipe.RandomFlip) = (rate, false, false))),
        };
        return training.Run(null);
    }

    /// <summary>Of the first convolution, whose normalisation is measured apart.</summary>
    private static double Kernel(TrainedNetwork trained) =>
        trained.Weights[trained.Weights.Names.First(name => name.EndsWith(WeightTable.Weight, StringComparison.Ordinal))].Values.Select((value, index) => value * (index + 1.0)).Sum();
}
