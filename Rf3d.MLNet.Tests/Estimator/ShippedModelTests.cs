using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Planning;
using TorchSharp;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>The figures that training and validation report are those of the saved model.</summary>
[TestClass]
public class ShippedModelTests
{
    private const int Size = 32;

    public static IEnumerable<object[]> Recipes =>
    [
        .. Enum.GetValues<Architecture>().Select(architecture => new object[] { architecture, TrainingOptimizer.Muon, false }),
        [Architecture.MobileNet, TrainingOptimizer.Sgd, true],
        [Architecture.MobileNet, TrainingOptimizer.AdamW, false],
        [Architecture.ResNet18Slim, TrainingOptimizer.AdamW, true],
    ];

    [TestMethod]
    [FieldReport(1)]
    [DynamicData(nameof(Recipes))]
    public void Training_images_score_the_same_in_TorchSharp_and_in_the_zip(Architecture architecture, TrainingOptimizer optimizer, bool isAveraged)
    {
        var mlContext = new MLContext(1);
        var (train, held) = (Stripes(mlContext, 32, 1), Stripes(mlContext, 10, 2));
        var options = new Rf3dImageClassificationTrainer.Options
        {
            Architecture = architecture, WidthMultiplier = 0.125, Epoch = 2, BatchSize = 16, Optimizer = optimizer, LearningRate = optimizer == TrainingOptimizer.AdamW ? 1e-3 : 0.05,
            EmaDecay = isAveraged ? 0.9 : 0, Device = "cpu",
        };
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(train, held);
        using var folder = new TempFolder();
        mlContext.Model.Save(model, train.Schema, folder["model.zip"]);
        var zip = new MLContext().Model.Load(folder["model.zip"], out _);

        var (expected, actual) = (TorchSharp(mlContext, model, train), zip.Transform(train).GetColumn<float[]>("Score").ToArray());
        for (var i = 0; i < actual.Length; i++)
            AssertClose(expected[i], actual[i], i);
        Assert.IsLessThanOrEqualTo(1, expected.Zip(actual).Count(pair => pair.First.IndexOf(pair.First.Max()) != pair.Second.IndexOf(pair.Second.Max())));
        AssertValidated(mlContext, model, zip, held);

        static void AssertClose(float[] expected, float[] actual, int image)
        {
            for (var i = 0; i < expected.Length; i++)
                Assert.AreEqual(expected[i], actual[i], 1e-3, $"Image {image}, class {i}.");
        }
    }

    // In training all of these images are classified right in the end, after 25 steps.
    [TestMethod]
    [FieldReport(1)]
    [DataRow(ImageStorage.Memory, false)]
    [DataRow(ImageStorage.Cache, false)]
    [DataRow(ImageStorage.Memory, true)]
    public void Few_steps_on_easy_images_make_a_model_that_classifies_them(ImageStorage storage, bool isAveraged)
    {
        var mlContext = new MLContext(1);
        List<string> warnings = [];
        mlContext.Log += (_, log) =>
        {
            if (log.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
                warnings.Add(log.Message);
        };
        var (train, held) = (Stripes(mlContext, 80, 1), Stripes(mlContext, 40, 2));
        var options = Rf3dImageClassificationTrainer.Options.FromPreset(TrainingPreset.Fast);
        (options.Architecture, options.WidthMultiplier, options.BatchSize, options.Device) = (Architecture.MobileNet, 0.25, 16, "cpu");
        (options.ImageStorage, options.EmaDecay, options.Seed) = (storage, isAveraged ? 0.9 : 0, 1);
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(train, held);
        Assert.IsGreaterThan(0.95, model.History.Epochs[^1].Accuracy);
        Assert.IsGreaterThan(0.95, mlContext.MulticlassClassification.Evaluate(model.Transform(train)).MicroAccuracy);
        Assert.IsGreaterThan(0.95, mlContext.MulticlassClassification.Evaluate(model.Transform(held)).MicroAccuracy);
        AssertValidated(mlContext, model, model, held);
        Assert.DoesNotContain(message => message.Contains("training images correctly", StringComparison.Ordinal), warnings);
    }

    [TestMethod]
    public void Streamed_images_are_validated_as_the_model_scores_them()
    {
        var mlContext = new MLContext(1);
        var held = SmallTask.Images(mlContext, 40, seed: 2);
        using var model = SmallTask.Trainer(mlContext, options => options.ImageStorage = ImageStorage.Stream).Fit(SmallTask.Images(mlContext, 300), held);
        AssertValidated(mlContext, model, model, held);
    }

    [TestMethod]
    [FieldReport(1)]
    public void Without_validation_and_in_a_cross_validation_as_well()
    {
        var mlContext = new MLContext(1);
        var options = Rf3dImageClassificationTrainer.Options.FromPreset(TrainingPreset.Fast);
        (options.Architecture, options.WidthMultiplier, options.BatchSize, options.Device, options.ValidationSetFraction) = (Architecture.MobileNet, 0.25, 8, "cpu", 0);
        options.EmaDecay = 0.9;
        var trainer = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options);
        foreach (var fold in mlContext.MulticlassClassification.CrossValidate(Stripes(mlContext, 80, 1), trainer, numberOfFolds: 2))
            Assert.IsGreaterThan(0.9, fold.Metrics.MicroAccuracy);
    }

    private static void AssertValidated(MLContext mlContext, Rf3dImageClassificationTransformer model, ITransformer zip, IDataView held)
    {
        var best = model.History.Epochs[model.History.BestEpoch - 1];
        var metrics = mlContext.MulticlassClassification.Evaluate(zip.Transform(held));
        Assert.AreEqual(best.ValidationAccuracy!.Value, metrics.MicroAccuracy, 1e-9);
        Assert.AreEqual(best.ValidationLoss!.Value, metrics.LogLoss, 1e-3);
    }

    /// <summary>Images of stripes, a class each for those that lie and those that stand, in two colours.</summary>
    private static IDataView Stripes(MLContext mlContext, int count, int seed)
    {
        var random = new Random(seed);
        var rows = Enumerable.Range(0, count).Select(i => new SmallTask.Row { Label = i % 2 == 0 ? "lying" : "standing", Image = Draw(i % 2 == 0) }).ToList();
        var data = mlContext.Data.LoadFromEnumerable(rows);
        return mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);

        MLImage Draw(bool lies)
        {
            var (width, start) = (random.Next(2, 5), random.Next(8));
            var colours = new byte[2, 3];
            for (var channel = 0; channel < 3; channel++)
                (colours[0, channel], colours[1, channel]) = ((byte)random.Next(0, 100), (byte)random.Next(155, 256));
            var pixels = new byte[Size * Size * 4];
            for (var i = 0; i < Size * Size; i++)
            {
                var stripe = ((lies ? i / Size : i % Size) + start) / width % 2;
                for (var channel = 0; channel < 3; channel++)
                    pixels[(4 * i) + channel] = colours[stripe, channel];
                pixels[(4 * i) + 3] = byte.MaxValue;
            }
            return MLImage.CreateFromPixels(Size, Size, MLPixelFormat.Rgba32, pixels);
        }
    }

    private static float[][] TorchSharp(MLContext mlContext, Rf3dImageClassificationTransformer model, IDataView data)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var generator = new torch.Generator(1);
        using var network = new TorchNetwork(NetworkLayout.Of(model.Plan.Optimized), generator);
        network.Import(model.Model.Weights);
        network.eval();
        var preprocessing = new ImagePreprocessing { ImageColumnName = "Image", Height = model.ImageHeight, Width = model.ImageWidth };
        float[] pixels = [.. preprocessing.Apply(mlContext.Transforms, data).GetColumn<float[]>(ImagePreprocessing.PixelsColumnName).SelectMany(values => values)];
        var mean = torch.tensor(model.Model.Statistics.Mean).view(1, 3, 1, 1);
        var deviation = torch.tensor(model.Model.Statistics.StandardDeviation).view(1, 3, 1, 1);
        var images = (torch.tensor(pixels).view(-1, 3, model.ImageHeight, model.ImageWidth) - mean) / deviation;
        var scores = torch.nn.functional.softmax(network.call(images), 1);
        return [.. scores.data<float>().ToArray().Chunk(model.Classes.Length)];
    }
}
