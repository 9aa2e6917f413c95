using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.MLNet.Tests.Estimator;
using Rf3d.MLNet.Tests.Torch;

namespace Rf3d.MLNet.Tests.Options;

/// <summary>The training recipe through <c>Fit</c>: everything on, and its effects on the model.</summary>
[TestClass]
public class RecipeTests
{
    [TestMethod]
    public void Everything_on_trains_a_model_and_the_figures_of_validation_are_those_of_the_model()
    {
        var mlContext = new MLContext(1);
        var (train, validation) = (SmallTask.Images(mlContext), SmallTask.Images(mlContext, 60, seed: 3));
        using var model = Trainer(mlContext, Everything).Fit(train, validation);
        Assert.HasCount(4, model.History.Epochs);
        var best = model.History.Epochs[model.History.BestEpoch - 1];
        // Averaged weights and mirrored images in both.
        var metrics = mlContext.MulticlassClassification.Evaluate(model.Transform(validation));
        Assert.AreEqual(best.ValidationAccuracy!.Value, metrics.MicroAccuracy, 1e-9);
        Assert.AreEqual(best.ValidationLoss!.Value, metrics.LogLoss, 1e-4);
    }

    [TestMethod]
    public void Everything_on_the_same_seed_still_trains_the_same_network()
    {
        var mlContext = new MLContext(1);
        var (train, test) = (SmallTask.Images(mlContext, 60), SmallTask.Images(mlContext, 10, seed: 2));
        float[] Scores(int seed)
        {
            using var model = Trainer(mlContext, options =>
            {
                Everything(options);
                (options.Epoch, options.Seed) = (2, seed);
            }).Fit(train);
            return [.. model.Transform(test).GetColumn<float[]>("Score").SelectMany(scores => scores)];
        }
        CollectionAssert.AreEqual(Scores(7), Scores(7));
        CollectionAssert.AreNotEqual(Scores(7), Scores(8));
    }

    [TestMethod]
    public void Everything_on_frees_its_native_tensors()
    {
        var mlContext = new MLContext(1);
        var data = SmallTask.Images(mlContext, 60);
        long Left()
        {
            var before = LiveTensors.Count();
            Trainer(mlContext, Everything).Fit(data).Dispose();
            return LiveTensors.Count() - before;
        }
        Left();
        // Parameters alone are counted twice and never taken off; more epochs and more batches leave no more behind.
        var few = Left();
        Assert.AreEqual(few, Left());
        Assert.IsLessThan(100L, few);
    }

    [TestMethod]
    public void A_model_that_scores_mirror_images_scores_an_image_and_its_mirror_alike()
    {
        var mlContext = new MLContext(1);
        var images = Enumerable.Range(0, 20).SelectMany(i => new[]
        {
            (i % 2 == 0 ? "a" : "b", Halves((byte)(10 * i), left: true)),
            (i % 2 == 0 ? "a" : "b", Halves((byte)(10 * i), left: false)),
        }).Select(image => new SmallTask.Row { Label = image.Item1, Image = image.Item2 }).ToList();
        var rows = mlContext.Data.LoadFromEnumerable(images);
        var data = mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(rows).Transform(rows);
        Assert.AreEqual(0, Difference(true), 1e-5);
        Assert.IsGreaterThan(1e-4, Difference(false));

        double Difference(bool flip)
        {
            using var model = Trainer(mlContext, options =>
            {
                (options.TestTimeFlip, options.BatchSize, options.RandomFlip, options.Seed) = (flip, 4, false, 1);
            }).Fit(data);
            var scores = model.Transform(data).GetColumn<float[]>("Score").ToList();
            return scores.Chunk(2).Max(pair => Math.Abs(pair[0][0] - pair[1][0]));
        }
    }

    [TestMethod]
    public void Given_figures_take_the_place_of_the_measured_ones()
    {
        var mlContext = new MLContext(1);
        using var model = Trainer(mlContext, options =>
        {
            options.Epoch = 1;
            options.ChannelMean = [0.491, 0.482, 0.446];
            options.ChannelStandardDeviation = [0.2, 0.4, 1];
        }).Fit(SmallTask.Images(mlContext, 40));
        CollectionAssert.AreEqual(new[] { 0.491f * 255, 0.482f * 255, 0.446f * 255 }, model.Model.Statistics.Mean, new Within(1e-3f));
        CollectionAssert.AreEqual(new[] { 51f, 102f, 255f }, model.Model.Statistics.StandardDeviation, new Within(1e-3f));
    }

    [TestMethod]
    public void The_options_lists_may_change_after_the_trainer_is_made()
    {
        var mlContext = new MLContext(1);
        double[] steps = [1];
        var trainer = Trainer(mlContext, options => (options.LearningRateSchedule, options.LearningRateSteps) = (LearningRateSchedule.Steps, steps));
        steps[0] = -1;
        using var model = trainer.Fit(SmallTask.Images(mlContext, 40));
        CollectionAssert.AreEqual(new[] { 0.05, 0.005 }, model.History.Epochs.Select(epoch => Math.Round(epoch.LearningRate, 9)).ToArray());
    }

    internal static void Everything(Rf3dImageClassificationTrainer.Options options)
    {
        options.Epoch = 4;
        options.Optimizer = TrainingOptimizer.AdamW;
        options.LearningRate = 0.003;
        options.WeightDecay = 0.05;
        options.LearningRateSchedule = LearningRateSchedule.Cosine;
        options.WarmUpEpochs = 0.5;
        options.MaxGradientNorm = 1;
        options.EmaDecay = 0.9;
        options.ClassWeights = ClassWeights.Of(1, 2, 1, 1, 1, 1, 1, 1, 1, 3);
        options.BalancedSampling = true;
        options.TestTimeFlip = true;
        options.Augmentation = new()
        {
            CropPaddingFraction = 0.125,
            CropPaddingMode = CropPaddingMode.Zero,
            ResizedCropScale = 0.5,
            RotationDegrees = 10,
            Brightness = 0.2,
            Contrast = 0.2,
            Saturation = 0.2,
            Hue = 0.05,
            RandomErasing = 0.25,
            Cutout = 0.25,
            MixUpAlpha = 0.2,
            CutMixAlpha = 1,
            RandAugment = new() { Operations = 2, Magnitude = 5 },
        };
    }

    private static Rf3dImageClassificationTrainer Trainer(MLContext mlContext, Action<Rf3dImageClassificationTrainer.Options> change)
    {
        var options = SmallTask.Options;
        change(options);
        return mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options);
    }

    /// <summary>Black on one side and one colour on the other.</summary>
    private static MLImage Halves(byte blue, bool left)
    {
        var pixels = new byte[16 * 16 * 4];
        for (var i = 0; i < 256; i++)
        {
            var bright = i % 16 < 8 == left;
            (pixels[4 * i], pixels[(4 * i) + 2], pixels[(4 * i) + 3]) = (bright ? (byte)200 : (byte)0, bright ? blue : (byte)0, byte.MaxValue);
        }
        return MLImage.CreateFromPixels(16, 16, MLPixelFormat.Rgba32, pixels);
    }

    private sealed class Within(float tolerance) : System.Collections.IComparer
    {
        public int Compare(object? x, object? y) => Math.Abs((float)x! - (float)y!) <= tolerance ? 0 : ((float)x).CompareTo((float)y);
    }
}
