using Microsoft.ML;
using Rf3d.MLNet.Tests.Options;
using Rf3d.MLNet.Tests.Torch;
using Rf3d.MLNet.Tests.Training;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>Behaviour that only a GPU shows. These tests are also run as a program, where there is a GPU and no SDK (docs/architecture.md, Tests).</summary>
[TestClass]
[TestCategory("Cuda")]
public class CudaTests
{
    private readonly MLContext _mlContext = new(1);

    [TestMethod]
    public void A_gpu_trains_a_model_that_the_cpu_scores()
    {
        Gpu.Require(cuda.is_available());
        var options = OnGpu(epochs: 4);
        var validation = SmallTask.Images(_mlContext, 60, seed: 3);
        using var model = Trainer(options).Fit(SmallTask.Images(_mlContext), validation);
        AssertScoredAsValidated(model, validation, 1e-2);
    }

    [TestMethod]
    public void Everything_on_trains_on_a_gpu()
    {
        Gpu.Require(cuda.is_available());
        var options = OnGpu(epochs: 4);
        RecipeTests.Everything(options);
        var validation = SmallTask.Images(_mlContext, 60, seed: 3);
        using var model = Trainer(options).Fit(SmallTask.Images(_mlContext), validation);
        AssertScoredAsValidated(model, validation, 1e-2);
    }

    [TestMethod]
    [DataRow(ImageStorage.Memory)]
    [DataRow(ImageStorage.Cache)]
    [DataRow(ImageStorage.Stream)]
    public void Images_reach_a_gpu_from_wherever_they_are(ImageStorage storage)
    {
        Gpu.Require(cuda.is_available());
        var options = OnGpu(epochs: 2);
        options.ImageStorage = storage;
        var validation = SmallTask.Images(_mlContext, 60, seed: 3);
        using var model = Trainer(options).Fit(SmallTask.Images(_mlContext), validation);
        AssertScoredAsValidated(model, validation, 1e-2);
    }

    [TestMethod]
    [DataRow(TrainingOptimizer.Sgd)]
    [DataRow(TrainingOptimizer.AdamW)]
    [DataRow(TrainingOptimizer.Muon)]
    public void The_first_epoch_in_float32_is_that_of_the_cpu(TrainingOptimizer optimizer)
    {
        Gpu.Require(cuda.is_available());
        using var training = new SmallTraining { Epochs = 1 };
        var (cpu, gpu) = (Train(CPU), Train(CUDA));
        Assert.AreEqual(cpu.History.Epochs[0].Loss, gpu.History.Epochs[0].Loss, 0.01);
        Assert.AreEqual(cpu.History.Epochs[0].ValidationLoss!.Value, gpu.History.Epochs[0].ValidationLoss!.Value, 0.05);

        TrainedNetwork Train(Device device)
        {
            training.Recipe = settings => settings.With(recipe => (recipe.Optimizer, recipe.LearningRate) = (optimizer, optimizer == TrainingOptimizer.AdamW ? 1e-3 : 0.02)) with { Device = device };
            return training.Run(null);
        }
    }

    [TestMethod]
    [DataRow(TrainingPrecision.TensorFloat32)]
    [DataRow(TrainingPrecision.BFloat16)]
    public void A_lower_precision_trains_on_a_gpu(TrainingPrecision precision)
    {
        Gpu.Require(cuda.is_available());
        var options = OnGpu(epochs: 3);
        options.Precision = precision;
        var validation = SmallTask.Images(_mlContext, 60, seed: 3);
        using var model = Trainer(options).Fit(SmallTask.Images(_mlContext), validation);
        Assert.AreEqual(precision, model.History.Precision);
        // Validated in that precision, scored in float32.
        AssertScoredAsValidated(model, validation, 0.1);
    }

    [TestMethod]
    public void A_training_that_a_gpu_began_is_completed_by_the_cpu()
    {
        Gpu.Require(cuda.is_available());
        using var folder = new TempFolder();
        var options = OnGpu(epochs: 3);
        (options.Seed, options.CheckpointDirectory, options.PauseAfterEpoch, options.Precision) = (1, folder.Path, 2, TrainingPrecision.Float32);
        var images = SmallTask.Images(_mlContext);
        using (var begun = Trainer(options).Fit(images))
            Assert.HasCount(2, begun.History.Epochs);
        (options.Device, options.PauseAfterEpoch) = ("cpu", null);
        using var completed = Trainer(options).Fit(images);
        Assert.HasCount(3, completed.History.Epochs);
        Assert.AreEqual(2, completed.History.ResumedFrom!.Epochs);
    }

    private static Rf3dImageClassificationTrainer.Options OnGpu(int epochs)
    {
        var options = SmallTask.Options;
        (options.Device, options.Epoch) = ("cuda", epochs);
        return options;
    }

    private Rf3dImageClassificationTrainer Trainer(Rf3dImageClassificationTrainer.Options options) => _mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options);

    private void AssertScoredAsValidated(Rf3dImageClassificationTransformer model, IDataView validation, double tolerance)
    {
        Assert.AreEqual("cuda:0", model.History.Device);
        var best = model.History.Epochs[model.History.BestEpoch - 1];
        Assert.AreEqual(best.ValidationLoss!.Value, _mlContext.MulticlassClassification.Evaluate(model.Transform(validation)).LogLoss, tolerance);
    }
}
