using System.Collections.Concurrent;
using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.MLNet.Tests.Torch;
using Rf3d.Planning;
using TorchSharp;

namespace Rf3d.MLNet.Tests.Estimator;

[TestClass]
public class TrainerTests
{
    [TestMethod]
    public void Works_at_the_end_of_a_chain_and_its_zip_predicts_the_same_in_a_fresh_context()
    {
        using var folder = new TempFolder();
        var mlContext = new MLContext(1);
        var (train, test) = (SmallTask.Images(mlContext), SmallTask.Images(mlContext, 40, seed: 2));
        var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(SmallTask.Options)
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("Name", "PredictedLabel"))
            .Fit(train);
        mlContext.Model.Save(model, train.Schema, folder["model.zip"]);

        var fresh = new MLContext();
        var loaded = fresh.Model.Load(folder["model.zip"], out _);
        CollectionAssert.AreEqual(Names(model.Transform(test)), Names(loaded.Transform(test)));
        CollectionAssert.AreEqual(Scores(model.Transform(test)), Scores(loaded.Transform(test)));
        var schema = loaded.Transform(test).Schema;
        CollectionAssert.AreEquivalent(new[] { "Image", "Label", "Score", "PredictedLabel", "Name" }, schema.Select(column => column.Name).Distinct().ToArray());

        static string[] Names(IDataView data) => [.. data.GetColumn<string>("Name")];
    }

    [TestMethod]
    public void Cross_validation_gives_metrics_for_every_fold()
    {
        var mlContext = new MLContext(1);
        var trainer = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(SmallTask.Options);
        var folds = mlContext.MulticlassClassification.CrossValidate(SmallTask.Images(mlContext, 100), trainer, numberOfFolds: 2);
        Assert.HasCount(2, folds);
        Assert.IsTrue(folds.All(fold => fold.Metrics.ConfusionMatrix.NumberOfClasses == 10));
    }

    [TestMethod]
    public void The_promised_schema_is_the_one_that_comes()
    {
        var mlContext = new MLContext(1);
        var options = SmallTask.Options;
        (options.ScoreColumnName, options.PredictedLabelColumnName, options.EmbeddingColumnName) = ("Probability", "Class", "Embedding");
        var data = SmallTask.Images(mlContext, 40);
        var trainer = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options);
        // A chain checks its steps' schemas against each other before it trains.
        var model = trainer.Append(mlContext.Transforms.Conversion.MapKeyToValue("Name", "Class")).Fit(data);
        var schema = model.Transform(data).Schema;
        Assert.AreEqual(10, ((VectorDataViewType)schema["Probability"].Type).Size);
        Assert.AreEqual(32, ((VectorDataViewType)schema["Embedding"].Type).Size);
        Assert.AreEqual(10UL, ((KeyDataViewType)schema["Class"].Type).Count);
        Assert.AreEqual(TextDataViewType.Instance, schema["Name"].Type);
        Assert.IsNull(schema.GetColumnOrNull("Score"));
    }

    [TestMethod]
    public void The_plan_without_training_is_the_plan_that_is_trained()
    {
        var mlContext = new MLContext(1);
        var options = SmallTask.Options;
        options.Organizer = new() { Threshold = 0.5 };
        var data = SmallTask.Images(mlContext, 40);
        var trainer = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options);
        using var model = trainer.Fit(data);
        Assert.AreEqual(model.Plan.ToJson(), trainer.Plan(data.Schema).ToJson());
        Assert.AreEqual(model.Plan.ToJson(), trainer.Plan(data).ToJson());
        Assert.AreEqual(model.Plan.ToJson(), trainer.Plan(16, 16, 10).ToJson());
        Assert.AreEqual(10, model.Classes.Length);
        Assert.AreEqual((16, 16), (model.ImageHeight, model.ImageWidth));
    }

    [TestMethod]
    public void Progress_comes_as_records_and_messages_reach_the_log()
    {
        var mlContext = new MLContext(1);
        var messages = new ConcurrentQueue<string>();
        mlContext.Log += (_, log) => messages.Enqueue(log.Message);
        var reports = new List<TrainingMetrics>();
        var options = SmallTask.Options;
        options.MetricsCallback = reports.Add;
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(SmallTask.Images(mlContext));

        var ends = reports.Where(report => report.IsEpochEnd).ToList();
        CollectionAssert.AreEqual(new[] { 1, 2 }, ends.Select(report => report.Epoch).ToArray());
        CollectionAssert.AreEqual(ends, model.History.Epochs.ToArray());
        Assert.IsTrue(ends.All(report => report is { ValidationAccuracy: >= 0 and <= 1, ValidationLoss: > 0, Loss: > 0, ImagesPerSecond: > 0, BatchCount: 9 }));
        Assert.AreEqual(TimeSpan.Zero, ends[^1].Remaining);
        Assert.AreEqual((180, 20), (model.History.TrainingImages, model.History.ValidationImages));
        Assert.Contains(message => message.Contains("stage 1, 16x16x3", StringComparison.Ordinal), messages);
        Assert.Contains(message => message.Contains("Training on cpu: 180 images, 20 to validate on", StringComparison.Ordinal), messages);
        Assert.Contains(message => message.Contains("epoch 2/2", StringComparison.Ordinal), messages);
    }

    [TestMethod]
    public void The_same_seed_trains_the_same_network_and_the_context_gives_the_seed()
    {
        float[] Train(int? contextSeed, int? seed)
        {
            var mlContext = new MLContext(contextSeed);
            var options = SmallTask.Options;
            options.Seed = seed;
            using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(SmallTask.Images(mlContext, 60));
            return Scores(model.Transform(SmallTask.Images(mlContext, 10, seed: 2)));
        }
        CollectionAssert.AreEqual(Train(null, 7), Train(null, 7));
        CollectionAssert.AreEqual(Train(5, null), Train(5, null));
        CollectionAssert.AreNotEqual(Train(null, 7), Train(null, 8));
        CollectionAssert.AreNotEqual(Train(5, null), Train(6, null));
    }

    [TestMethod]
    public void The_best_epoch_by_validation_is_kept()
    {
        var mlContext = new MLContext(1);
        var options = SmallTask.Options;
        options.Epoch = 4;
        options.LabelSmoothing = 0;
        var (train, validation) = (SmallTask.Images(mlContext), SmallTask.Images(mlContext, 60, seed: 3));
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(train, validation);
        var best = model.History.Epochs[model.History.BestEpoch - 1];
        Assert.AreEqual(model.History.Epochs.Max(epoch => epoch.ValidationAccuracy), best.ValidationAccuracy);
        // The trainer's figures of that epoch are those that ML.NET measures on the model.
        var metrics = mlContext.MulticlassClassification.Evaluate(model.Transform(validation));
        Assert.AreEqual(best.ValidationAccuracy!.Value, metrics.MicroAccuracy, 1e-9);
        Assert.AreEqual(best.ValidationLoss!.Value, metrics.LogLoss, 1e-4);
    }

    [TestMethod]
    public void Without_validation_the_last_epoch_is_kept()
    {
        var mlContext = new MLContext(1);
        var options = SmallTask.Options;
        options.ValidationSetFraction = 0;
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(SmallTask.Images(mlContext, 60));
        Assert.AreEqual((2, 60, 0), (model.History.BestEpoch, model.History.TrainingImages, model.History.ValidationImages));
        Assert.IsTrue(model.History.Epochs.All(epoch => epoch.ValidationAccuracy is null));
    }

    [TestMethod]
    public void Cancelling_keeps_the_best_epoch_so_far_and_says_so()
    {
        var mlContext = new MLContext(1);
        var messages = new ConcurrentQueue<string>();
        mlContext.Log += (_, log) => messages.Enqueue(log.Message);
        using var source = new CancellationTokenSource();
        var options = SmallTask.Options;
        options.Epoch = 50;
        options.CancellationToken = source.Token;
        options.MetricsCallback = metrics =>
        {
            if (metrics is { Epoch: 3, IsEpochEnd: true })
                source.Cancel();
        };
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(SmallTask.Images(mlContext, 60));
        Assert.AreEqual(TrainingStopReason.Cancelled, model.History.StopReason);
        Assert.HasCount(3, model.History.Epochs);
        Assert.IsInRange(1, 3, model.History.BestEpoch);
        Assert.Contains(message => message.Contains("cancelled in epoch 4 of 50", StringComparison.Ordinal), messages);
        Assert.AreEqual(100, Scores(model.Transform(SmallTask.Images(mlContext, 10))).Length);
    }

    [TestMethod]
    public void Cancelling_before_the_first_epoch_is_over_throws()
    {
        var mlContext = new MLContext(1);
        using var source = new CancellationTokenSource();
        source.Cancel();
        var options = SmallTask.Options;
        options.CancellationToken = source.Token;
        var trainer = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options);
        Assert.Throws<OperationCanceledException>(() => trainer.Fit(SmallTask.Images(mlContext, 60)));
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Cancelling_while_images_are_read_stops_reading(bool isSizeKnown)
    {
        var mlContext = new MLContext(1);
        using var source = new CancellationTokenSource();
        var options = isSizeKnown ? SmallTask.Options : new() { Architecture = Architecture.MobileNet, Device = "cpu" };
        options.CancellationToken = source.Token;
        var rows = 0;
        IEnumerable<KeyedImage> Images()
        {
            for (var i = 0; i < 1000; i++)
            {
                if (++rows == 5)
                    source.Cancel();
                yield return new() { Label = (uint)(1 + (i % 10)), Image = SmallTask.Plain([(byte)i, 1, 1], 16, 16) };
            }
        }
        var trainer = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options);
        Assert.Throws<OperationCanceledException>(() => trainer.Fit(mlContext.Data.LoadFromEnumerable(Images())));
        Assert.IsLessThan(500, rows);
    }

    private sealed class KeyedImage
    {
        [KeyType(10)]
        public uint Label { get; set; }

        // ML.NET asks for a size and does not use it.
        [Microsoft.ML.Transforms.Image.ImageType(1, 1)]
        public MLImage? Image { get; set; }
    }

    [TestMethod]
    public void Early_stopping_ends_training()
    {
        var mlContext = new MLContext(1);
        var options = SmallTask.Options;
        options.Epoch = 50;
        // Nothing can improve by more than everything.
        options.EarlyStoppingCriteria = new EarlyStopping { Patience = 2, MinDelta = 1 };
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(SmallTask.Images(mlContext, 60));
        Assert.AreEqual(TrainingStopReason.EarlyStopping, model.History.StopReason);
        Assert.HasCount(3, model.History.Epochs);
    }

    [TestMethod]
    public void A_loss_that_is_no_number_keeps_the_best_epoch_or_says_what_to_do()
    {
        var mlContext = new MLContext(1);
        var messages = new ConcurrentQueue<string>();
        mlContext.Log += (_, log) => messages.Enqueue(log.Message);
        var options = SmallTask.Options;
        // A product of linear layers with nothing to bound it diverges at a high learning rate, if the steps are as long as the gradients (Muon's
        // are not); the cycle starts with a tenth of it.
        var linear = new Convolution { Filters = 16, BatchNorm = false, Activation = Activation.None };
        options.Network = SmallTask.Network with { Stages = [Stage.Repeat(new Block { Layers = [linear] }, 4, new MaxPool(4, 4))] };
        options.ValidationSetFraction = 0;
        (options.Epoch, options.BatchSize) = (30, 4);
        (options.Optimizer, options.LearningRate) = (TrainingOptimizer.Sgd, 100);
        var trainer = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options);
        var error = Assert.ThrowsExactly<OptionConflictException>(() => trainer.Fit(SmallTask.Images(mlContext, 60)));
        Assert.Contains("LearningRate (it is 100)", error.Message);

        options.LearningRate = 0.5;
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(SmallTask.Images(mlContext, 60));
        Assert.AreEqual(TrainingStopReason.NonFiniteLoss, model.History.StopReason);
        Assert.IsGreaterThan(0, model.History.BestEpoch);
        Assert.Contains(message => message.Contains("infinite or not a number", StringComparison.Ordinal), messages);
        Assert.IsTrue(Scores(model.Transform(SmallTask.Images(mlContext, 10))).All(float.IsFinite));
    }

    [TestMethod]
    public void Two_images_are_enough_to_train_on()
    {
        var mlContext = new MLContext(1);
        var data = SmallTask.FromMemory(mlContext, ("a", [250, 0, 0], 16, 16), ("b", [0, 0, 250], 16, 16));
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(SmallTask.Options).Fit(data);
        Assert.AreEqual((2, 0), (model.History.TrainingImages, model.History.ValidationImages));
        Assert.IsTrue(Scores(model.Transform(data)).All(float.IsFinite));
    }

    [TestMethod]
    public void Labels_may_be_numbers_or_keys_without_names()
    {
        var mlContext = new MLContext(1);
        var rows = Enumerable.Range(0, 12).Select(i => new NumberedRow
        {
            Number = i % 2 == 0 ? 30 : 7,
            Key = (uint)(i % 2),
            Image = SmallTask.Plain([(byte)(20 * i), 0, (byte)(i % 2 * 200)], 16, 16),
        }).ToList();
        var data = mlContext.Data.LoadFromEnumerable(rows);
        var options = SmallTask.Options;
        options.BatchSize = 4;
        var trainer = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options);

        var named = mlContext.Transforms.Conversion.MapValueToKey("Label", "Number").Append(trainer)
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("Predicted", "PredictedLabel")).Fit(data);
        Assert.IsTrue(named.Transform(data).GetColumn<int>("Predicted").All(number => number is 30 or 7));

        options.LabelColumnName = "Key";
        using var unnamed = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(data);
        CollectionAssert.AreEqual(new[] { "0", "1" }, unnamed.Classes.ToArray());
        Assert.IsTrue(unnamed.Transform(data).GetColumn<uint>("PredictedLabel").All(key => key is 1 or 2));
    }

    [TestMethod]
    public void Fit_frees_all_of_its_native_tensors()
    {
        var mlContext = new MLContext(1);
        var data = SmallTask.Images(mlContext, 60);
        using var generator = new torch.Generator(1);
        using var network = new TorchNetwork(NetworkLayout.Of(SmallTask.Trainer(mlContext).Plan(data).Optimized), generator);
        Left(1, 60);
        // TorchSharp counts the tensor that a Parameter is made from, and never takes it off: its handle has moved to the Parameter. So one is left of each parameter of each
        // network that was made; and no more of more steps.
        var left = Left(1, 60);
        Assert.AreEqual(0, left % network.parameters().Count(), $"{left} tensors");
        Assert.AreEqual(left, Left(3, 8));

        long Left(int epochs, int batch)
        {
            var before = LiveTensors.Count();
            SmallTask.Trainer(mlContext, options => (options.Epoch, options.BatchSize) = (epochs, batch)).Fit(data).Dispose();
            return LiveTensors.Count() - before;
        }
    }

    [TestMethod]
    public void Images_of_mixed_size_from_memory_are_resized_and_stay_the_users()
    {
        var mlContext = new MLContext(1);
        var images = Enumerable.Range(0, 24).Select(i => i % 2 == 0
            ? ("red", new byte[] { 220, 10, (byte)i }, 20 + i, 40)
            : ("blue", new byte[] { (byte)i, 10, 220 }, 48, 30 + i)).ToArray();
        var data = SmallTask.FromMemory(mlContext, images);
        var options = SmallTask.Options;
        (options.Network, options.Architecture, options.WidthMultiplier) = (null, Architecture.Vgg11, 0.125);
        (options.Epoch, options.BatchSize) = (12, 4);
        var trainer = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options);
        Assert.AreEqual(new TensorShape(3, 32, 32), trainer.Plan(data).Optimized.Input);
        using var model = trainer.Fit(data);
        // Twice: reading must not use up images that the user holds.
        for (var pass = 0; pass < 2; pass++)
            Assert.AreEqual(1.0, mlContext.MulticlassClassification.Evaluate(model.Transform(data)).MicroAccuracy);
    }

    private sealed class NumberedRow
    {
        public int Number { get; set; }

        [KeyType(2)]
        public uint Key { get; set; }

        [Microsoft.ML.Transforms.Image.ImageType(16, 16)]
        public MLImage? Image { get; set; }
    }

    private static float[] Scores(IDataView data) => [.. data.GetColumn<float[]>("Score").SelectMany(scores => scores)];
}
