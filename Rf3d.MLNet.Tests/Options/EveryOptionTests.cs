using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Rf3d.MLNet.Tests.Data;
using Rf3d.MLNet.Tests.Estimator;
using Rf3d.MLNet.Tests.Images;
using Rf3d.MLNet.Tests.Project;
using Rf3d.Planning;
using Architecture = Rf3d.Planning.Architecture;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet.Tests.Options;

/// <summary>
/// Each option has its effect: two values of it give different plans, weights, scores, columns or histories. An option that is lost on its way from the options to
/// the training fails here.
/// </summary>
[TestClass]
public sealed class EveryOptionTests : IDisposable
{
    private static readonly Size2D Size = 16;

    /// <summary>The change of a case, and the settings before it.</summary>
    private sealed record Change(Action<TrainerOptions> To, Action<TrainerOptions>? Before = null);

    /// <summary>Options of the plan: it is enough to plan.</summary>
    private static readonly Dictionary<string, Change> OfThePlan = new()
    {
        [nameof(TrainerOptions.Architecture)] = new(options => options.Architecture = Architecture.Vgg11, OfSize),
        [nameof(TrainerOptions.WidthMultiplier)] = new(options => options.WidthMultiplier = 0.5, OfSize),
        [nameof(TrainerOptions.Network)] = new(options => options.Network = SmallTask.Network.WithStageDepths(1, 2)),
        [nameof(TrainerOptions.ImageHeight)] = new(options => options.ImageHeight = 32, OfSize),
        [nameof(TrainerOptions.ImageWidth)] = new(options => options.ImageWidth = 32, OfSize),
        [nameof(TrainerOptions.Organizer)] = new(options => options.Organizer = OrganizerOptions.Off, OfSize),
        [nameof(TrainerOptions.Decomposition)] = new(options => options.Decomposition = Decomposition.Auto, OfSize),
    };

    private static readonly Dictionary<string, Change> OfTheTraining = new()
    {
        [nameof(TrainerOptions.LabelColumnName)] = new(options => options.LabelColumnName = "OtherLabel"),
        [nameof(TrainerOptions.FeatureColumnName)] = new(options => options.FeatureColumnName = "OtherImage"),
        [nameof(TrainerOptions.ScoreColumnName)] = new(options => options.ScoreColumnName = "Points"),
        [nameof(TrainerOptions.PredictedLabelColumnName)] = new(options => options.PredictedLabelColumnName = "Answer"),
        [nameof(TrainerOptions.EmbeddingColumnName)] = new(options => options.EmbeddingColumnName = "Embedding"),
        [nameof(TrainerOptions.Resizing)] = new(options => options.Resizing = ImageResizingEstimator.ResizingKind.Fill),
        [nameof(TrainerOptions.CropFraction)] = new(options => options.CropFraction = 0.75),
        [nameof(TrainerOptions.BatchSize)] = new(options => options.BatchSize = 5),
        [nameof(TrainerOptions.Epoch)] = new(options => options.Epoch = 3),
        [nameof(TrainerOptions.ValidationSetFraction)] = new(options => options.ValidationSetFraction = 0.4f),
        [nameof(TrainerOptions.EarlyStoppingCriteria)] = new(
            options => options.EarlyStoppingCriteria = new() { Patience = 1, MinDelta = 0.9 }, options => (options.Epoch, options.LearningRate) = (6, 1e-6)),
        [nameof(TrainerOptions.Seed)] = new(options => options.Seed = 2),
        [nameof(TrainerOptions.LearningRate)] = new(options => options.LearningRate = 0.01),
        [nameof(TrainerOptions.LearningRateSchedule)] = new(options => options.LearningRateSchedule = LearningRateSchedule.Cosine),
        [nameof(TrainerOptions.WarmUpEpochs)] = new(options => options.WarmUpEpochs = 1.5, options => options.LearningRateSchedule = LearningRateSchedule.Cosine),
        [nameof(TrainerOptions.LearningRateSteps)] = new(options => options.LearningRateSteps = [1.5], Steps),
        [nameof(TrainerOptions.LearningRateStepFactor)] = new(options => options.LearningRateStepFactor = 0.5, Steps),
        [nameof(TrainerOptions.FinalLearningRateFactor)] = new(options => options.FinalLearningRateFactor = 0.5),
        [nameof(TrainerOptions.Optimizer)] = new(options => options.Optimizer = TrainingOptimizer.Sgd),
        [nameof(TrainerOptions.Momentum)] = new(options => options.Momentum = 0.5),
        [nameof(TrainerOptions.Nesterov)] = new(options => options.Nesterov = false),
        [nameof(TrainerOptions.WeightDecay)] = new(options => options.WeightDecay = 0.01),
        [nameof(TrainerOptions.DecayNormAndBias)] = new(options => options.DecayNormAndBias = true, options => options.WeightDecay = 0.1),
        [nameof(TrainerOptions.MaxGradientNorm)] = new(options => options.MaxGradientNorm = 0.01),
        [nameof(TrainerOptions.EmaDecay)] = new(options => options.EmaDecay = 0.9),
        [nameof(TrainerOptions.Reparameterization)] = new(options => options.Reparameterization = false),
        [nameof(TrainerOptions.Precision)] = new(options => options.Precision = TrainingPrecision.BFloat16),
        [nameof(TrainerOptions.LabelSmoothing)] = new(options => options.LabelSmoothing = 0),
        [nameof(TrainerOptions.ClassWeights)] = new(options => options.ClassWeights = ClassWeights.Of(1, 3)),
        [nameof(TrainerOptions.BalancedSampling)] = new(options => options.BalancedSampling = true),
        [nameof(TrainerOptions.RandomCrop)] = new(options => options.RandomCrop = false),
        [nameof(TrainerOptions.RandomFlip)] = new(options => options.RandomFlip = false),
        [nameof(TrainerOptions.Augmentation)] = new(options => options.Augmentation = new() { CropPaddingFraction = 0.25 }),
        [nameof(TrainerOptions.TestTimeFlip)] = new(options => options.TestTimeFlip = true),
        [nameof(TrainerOptions.ChannelMean)] = new(options => options.ChannelMean = [0.1, 0.2, 0.3], Normalised),
        [nameof(TrainerOptions.ChannelStandardDeviation)] = new(options => options.ChannelStandardDeviation = [0.1, 0.2, 0.3], Normalised),
    };

    /// <summary>Options that change none of these, why, and the tests of their effects.</summary>
    private static readonly Dictionary<string, (string Reason, Type Tests)> Elsewhere = new()
    {
        [nameof(TrainerOptions.ValidationSet)] = ("needs images for it", typeof(TransparentImagesTests)),
        [nameof(TrainerOptions.RefitOnValidationSet)] = ("needs a pretrained network", typeof(PretrainedTrainingTests)),
        [nameof(TrainerOptions.MetricsCallback)] = ("only reports", typeof(TrainerTests)),
        [nameof(TrainerOptions.Deterministic)] = ("refuses what is not exact, and changes no weights", typeof(StorageTests)),
        [nameof(TrainerOptions.Background)] = ("the images here are opaque", typeof(TransparentImagesTests)),
        [nameof(TrainerOptions.Device)] = ("a second device is rare", typeof(BadOptionsTests)),
        [nameof(TrainerOptions.CheckpointDirectory)] = ("saves the training, and changes no weights", typeof(ResumeTests)),
        [nameof(TrainerOptions.CheckpointMinutes)] = ("when the training is saved", typeof(ResumeTests)),
        [nameof(TrainerOptions.CalibrateProbabilities)] = ("needs 100 images that are held out", typeof(CalibrationTests)),
        [nameof(TrainerOptions.Pretrained)] = ("needs a file", typeof(WarmStartTests)),
        [nameof(TrainerOptions.ContinueFrom)] = ("needs a file", typeof(ContinueFromTests)),
        [nameof(TrainerOptions.MinKeptShare)] = ("needs a pretrained network", typeof(PretrainedTrainingTests)),
        [nameof(TrainerOptions.Adaptation)] = ("needs a pretrained network", typeof(PretrainedTrainingTests)),
        [nameof(TrainerOptions.CancellationToken)] = ("ends a training", typeof(TrainerTests)),
        [nameof(TrainerOptions.ImageStorage)] = ("where images are, which changes no weights but for streams", typeof(StorageTests)),
        [nameof(TrainerOptions.MaxImageMemory)] = ("where images are, which changes no weights", typeof(StorageTests)),
        [nameof(TrainerOptions.ImageCacheDirectory)] = ("where images are, which changes no weights", typeof(ImageCacheTests)),
    };

    /// <summary>The result of the training that most options are compared with.</summary>
    private static readonly Lazy<string> Unchanged = new(TrainUnchanged);

    private readonly MLContext _mlContext = new(1);
    private readonly List<Row> _rows = [.. Enumerable.Range(0, 30).Select(i => new Row
    {
        Image = NoiseImage.Of(i),
        OtherImage = NoiseImage.Of(1000 + i),
        Label = i % 3 == 0 ? "a" : "b",
        OtherLabel = i % 2 == 0 ? "a" : "b",
    })];

    public static IEnumerable<object[]> PlanOptions => OfThePlan.Keys.Select(name => new object[] { name });

    public static IEnumerable<object[]> TrainingOptions => OfTheTraining.Keys.Select(name => new object[] { name });

    public void Dispose() => _rows.ForEach(row =>
    {
        row.Image!.Dispose();
        row.OtherImage!.Dispose();
    });

    [TestMethod]
    public void All_options_are_here()
    {
        var options = typeof(TrainerOptions).GetProperties().Where(property => property.SetMethod is { IsPublic: true }).Select(property => property.Name).ToArray();
        CollectionAssert.AreEquivalent(options, OfThePlan.Keys.Concat(OfTheTraining.Keys).Concat(Elsewhere.Keys).ToArray());
    }

    [TestMethod]
    public void The_tests_that_are_named_for_an_option_use_it()
    {
        foreach (var (option, (_, tests)) in Elsewhere)
        {
            var source = Directory.GetFiles(RepositoryRoot.Combine("Rf3d.MLNet.Tests"), $"{tests.Name}.cs", SearchOption.AllDirectories).Single();
            Assert.IsTrue(Regex.IsMatch(File.ReadAllText(source), $@"\.{option}\b"), $"{tests.Name} does not use {option}.");
        }
    }

    [TestMethod]
    [DynamicData(nameof(PlanOptions))]
    public void An_option_changes_the_plan(string name)
    {
        var (before, after) = Options(OfThePlan[name]);
        Assert.AreNotEqual(Plan(before), Plan(after));
    }

    [TestMethod]
    [DynamicData(nameof(TrainingOptions))]
    public void An_option_changes_the_result_of_training(string name)
    {
        var (before, after) = Options(OfTheTraining[name]);
        Assert.AreNotEqual(OfTheTraining[name].Before is null ? Unchanged.Value : Train(before), Train(after));
    }

    [TestMethod]
    public void The_same_options_train_the_same() => Assert.AreEqual(Unchanged.Value, Train(Base()));

    private static string TrainUnchanged()
    {
        using var tests = new EveryOptionTests();
        return tests.Train(Base());
    }

    private static (TrainerOptions Before, TrainerOptions After) Options(Change change)
    {
        var (before, after) = (Base(), Base());
        change.Before?.Invoke(before);
        change.Before?.Invoke(after);
        change.To(after);
        return (before, after);
    }

    private static TrainerOptions Base()
    {
        var options = SmallTask.Options;
        (options.Seed, options.BatchSize, options.Precision) = (1, 10, TrainingPrecision.Float32);
        return options;
    }

    private static void OfSize(TrainerOptions options)
    {
        options.Network = null;
        (options.ImageHeight, options.ImageWidth) = (Size.Height, Size.Width);
    }

    // Without validation images: the best epoch could be the one before the step.
    private static void Steps(TrainerOptions options) =>
        (options.LearningRateSchedule, options.LearningRateSteps, options.ValidationSetFraction) = (LearningRateSchedule.Steps, [1.0], 0);

    private static void Normalised(TrainerOptions options) => (options.ChannelMean, options.ChannelStandardDeviation) = ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]);

    private string Plan(TrainerOptions options) => _mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Plan(Data()).ToJson();

    /// <summary>All that comes out of a training, as one text: weights, scores, columns, and how it went.</summary>
    private string Train(TrainerOptions options)
    {
        var data = Data();
        using var model = _mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(data);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var weights = model.Model.Weights;
        foreach (var name in weights.Names)
            hash.AppendData(MemoryMarshal.AsBytes(weights[name].Values.AsSpan()));
        var scored = model.Transform(data);
        foreach (var scores in scored.GetColumn<float[]>(options.ScoreColumnName))
            hash.AppendData(MemoryMarshal.AsBytes(scores.AsSpan()));
        return string.Create(
            CultureInfo.InvariantCulture, $"{model.History.Epochs.Length} epochs, {string.Join(' ', scored.Schema.Select(column => column.Name))}, {Convert.ToHexString(hash.GetHashAndReset())}");
    }

    private IDataView Data()
    {
        var rows = _mlContext.Data.LoadFromEnumerable(_rows);
        var keys = _mlContext.Transforms.Conversion.MapValueToKey("Label").Append(_mlContext.Transforms.Conversion.MapValueToKey("OtherLabel"));
        return keys.Fit(rows).Transform(rows);
    }

    private sealed class Row
    {
        public string Label { get; set; } = "";

        public string OtherLabel { get; set; } = "";

        [ImageType(1, 1)]
        public MLImage? Image { get; set; }

        [ImageType(1, 1)]
        public MLImage? OtherImage { get; set; }
    }
}
