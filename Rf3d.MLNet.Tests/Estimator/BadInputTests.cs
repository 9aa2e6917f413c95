using System.Collections.Concurrent;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>Bad input: each error names the column, the option or the file, what was wrong and what to do.</summary>
[TestClass]
public class BadInputTests
{
    private readonly MLContext _mlContext = new(1);

    private Rf3dImageClassificationTrainer Trainer(Action<Rf3dImageClassificationTrainer.Options>? change = null)
    {
        var options = SmallTask.Options;
        change?.Invoke(options);
        return _mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options);
    }

    private static void AssertError<TException>(Func<object> action, params string[] words)
        where TException : Exception
    {
        var error = Assert.Throws<TException>(() => action());
        foreach (var word in words)
            Assert.Contains(word, error.Message);
    }

    [TestMethod]
    public void A_network_that_no_memory_is_large_enough_for()
    {
        // 2^49 bytes, which no system hands out, however generous it is with memory that it does not have.
        var network = SmallTask.Network with
        {
            Stages = [Stage.Repeat(Block.Convolution(256), 1)],
            Head = new Head { Pooling = HeadPooling.Flatten, HiddenLayers = [int.MaxValue] },
        };
        AssertError<InvalidOperationException>(
            () => Trainer(o => (o.Network, o.Organizer) = (network, null)).Fit(SmallTask.Images(_mlContext, 20)),
            "too little memory to train 'small' on 16x16 images on cpu", "you tried to allocate", "BatchSize (it is 20)");
    }

    [TestMethod]
    public void A_feature_column_that_holds_no_image()
    {
        var data = _mlContext.Data.LoadFromEnumerable([new { Path = "a.jpg", Label = "a" }, new { Path = "b.jpg", Label = "b" }]);
        AssertError<ArgumentException>(() => Trainer(o => o.FeatureColumnName = "Path").Fit(data), "'Path'", "String", "LoadImages");
        AssertError<ArgumentException>(() => Trainer().Fit(data), "'Image'", "FeatureColumnName", "Path, Label");
        // In a chain, the same is found before any training.
        var chain = _mlContext.Transforms.Conversion.MapValueToKey("Label").Append(Trainer(o => o.FeatureColumnName = "Path"));
        AssertError<ArgumentException>(() => chain.Fit(data), "'Path'", "images");
    }

    [TestMethod]
    public void A_label_that_is_no_key()
    {
        var rows = new[] { new SmallTask.Row { Label = "a", Image = SmallTask.Plain([1, 2, 3], 8, 8) } };
        AssertError<ArgumentException>(() => Trainer().Fit(_mlContext.Data.LoadFromEnumerable(rows)), "'Label'", "must be a key of UInt32", "MapValueToKey(\"Label\")");
        AssertError<ArgumentException>(() => Trainer(o => o.LabelColumnName = "Class").Fit(SmallTask.Images(_mlContext)), "'Class'", "LabelColumnName");
    }

    [TestMethod]
    public void A_decomposition_that_cannot_be()
    {
        AssertError<ArgumentException>(() => Trainer(o => o.Decomposition = null!), "Decomposition must not be empty");
        // The second stage of the small network has two units, the first one only beside the one that sees the image.
        AssertError<InvalidOperationException>(
            () => Trainer(o => o.Decomposition = Decomposition.DepthwiseRolling(4)).Fit(SmallTask.Images(_mlContext, 40)), "DW+RPW-g4-o50", "stage 1", "channels: 4 of 16");
    }

    [TestMethod]
    public void A_network_without_a_head() =>
        AssertError<ArgumentException>(() => Trainer(o => o.Network = SmallTask.Network with { Head = null }), "has no head", "set its Head");

    [TestMethod]
    public void One_class_only()
    {
        var data = SmallTask.FromMemory(_mlContext, ("cat", [1, 2, 3], 16, 16), ("cat", [3, 2, 1], 16, 16));
        AssertError<ArgumentException>(() => Trainer().Fit(data), "'Label'", "1 class", "at least 2");
        // The key knows ten classes, the images show one.
        var filtered = _mlContext.Data.FilterRowsByKeyColumnFraction(SmallTask.Images(_mlContext), "Label", 0, 0.1);
        AssertError<ArgumentException>(() => Trainer().Fit(filtered), "'red plain disc'", "at least 2 classes");
    }

    [TestMethod]
    public void An_empty_set()
    {
        var empty = _mlContext.Data.SkipRows(SmallTask.Images(_mlContext, 20), 20);
        AssertError<ArgumentException>(() => Trainer().Fit(empty), "training data is empty");
        AssertError<ArgumentException>(() => Trainer().Fit(SmallTask.Images(_mlContext), empty), "validation data is empty");
        AssertError<ArgumentException>(() => Trainer(o => o.Network = null).Plan(empty), "The data is empty", "'Image'");
    }

    [TestMethod]
    public void A_row_without_an_image()
    {
        var rows = Enumerable.Range(0, 6).Select(i => new SmallTask.Row { Label = i % 2 == 0 ? "a" : "b", Image = i == 4 ? null : SmallTask.Plain([1, 2, 3], 16, 16) });
        var text = _mlContext.Data.LoadFromEnumerable(rows.ToList());
        var data = _mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(text).Transform(text);
        AssertError<InvalidDataException>(() => Trainer().Fit(data), "Row 4", "'Image'", "Filter");
    }

    [TestMethod]
    public void A_corrupt_image_in_a_folder_fails_with_its_path_or_is_skipped_and_reported()
    {
        using var folder = new TempFolder();
        foreach (var (label, blue) in new[] { ("a", (byte)0), ("b", (byte)200) })
        {
            Directory.CreateDirectory(folder[label]);
            for (var i = 0; i < 12; i++)
                SmallTask.WritePng(folder[$"{label}/{i}.png"], [(byte)(10 * i), 90, blue], 20, 20);
        }
        File.WriteAllText(folder["a/corrupt.png"], "no image");
        File.WriteAllBytes(folder["b/empty.png"], []);

        AssertError<InvalidDataException>(() => Trainer().Fit(_mlContext.Data.LoadImageFolder(folder.Path)), ".png", folder.Path, "OnBadImage");
        AssertError<InvalidDataException>(() => Trainer(o => o.Network = null).Fit(_mlContext.Data.LoadImageFolder(folder.Path)), ".png", "OnBadImage");

        var skipping = _mlContext.Data.LoadImageFolder(folder.Path, new() { OnBadImage = Rf3d.Datasets.BadImageAction.Skip });
        using var model = Trainer(o => o.BatchSize = 8).Fit(skipping);
        Assert.AreEqual(24, model.History.TrainingImages + model.History.ValidationImages);
        CollectionAssert.AreEquivalent(new[] { folder["a/corrupt.png"], folder["b/empty.png"] }, skipping.SkippedImages.Select(image => image.Path).ToList());

        // A fifth of all files, with the network's size given and worked out from the images.
        for (var i = 0; i < 4; i++)
            File.WriteAllText(folder[$"a/broken{i}.png"], "no image");
        skipping = _mlContext.Data.LoadImageFolder(folder.Path, new() { OnBadImage = Rf3d.Datasets.BadImageAction.Skip });
        AssertError<InvalidDataException>(() => Trainer().Fit(skipping), "Too many images", "of 30", "MaxBadImageFraction", folder.Path);
        AssertError<InvalidDataException>(() => Trainer(o => o.Network = null).Fit(skipping), "Too many images", "MaxBadImageFraction");
    }

    [TestMethod]
    public void Rows_without_a_label_are_left_out_with_a_warning()
    {
        var messages = new ConcurrentQueue<string>();
        _mlContext.Log += (_, log) => messages.Enqueue(log.Message);
        var rows = Enumerable.Range(0, 20).Select(i => new SmallTask.Row { Label = i < 3 ? "unknown" : i % 2 == 0 ? "a" : "b", Image = SmallTask.Plain([1, 2, (byte)i], 16, 16) }).ToList();
        var keys = _mlContext.Data.LoadFromEnumerable([new { Label = "a" }, new { Label = "b" }]);
        var text = _mlContext.Data.LoadFromEnumerable(rows);
        var data = _mlContext.Transforms.Conversion.MapValueToKey("Label", keyData: keys).Fit(text).Transform(text);
        using var model = Trainer(o => o.BatchSize = 4).Fit(data);
        Assert.AreEqual(17, model.History.TrainingImages + model.History.ValidationImages);
        Assert.Contains(message => message.Contains("3 rows of the training data have no label in 'Label'", StringComparison.Ordinal), messages);
    }

    [TestMethod]
    public void Validation_data_with_other_classes()
    {
        var train = SmallTask.FromMemory(_mlContext, ("a", [1, 2, 3], 16, 16), ("b", [3, 2, 1], 16, 16));
        var validation = SmallTask.FromMemory(_mlContext, ("b", [1, 2, 3], 16, 16), ("a", [3, 2, 1], 16, 16));
        AssertError<ArgumentException>(() => Trainer().Fit(train, validation), "[a, b]", "[b, a]", "MapValueToKey");
    }

    [TestMethod]
    public void Options_out_of_range_come_all_in_one_message()
    {
        AssertError<ArgumentException>(
            () => Trainer(o =>
            {
                o.BatchSize = 1;
                o.Epoch = 0;
                o.LearningRate = double.NaN;
                o.Momentum = 1;
                o.WeightDecay = -1;
                o.LabelSmoothing = 1;
                o.ValidationSetFraction = 1;
                o.ImageHeight = 0;
                o.Device = "gpu";
                o.LabelColumnName = "";
                o.Architecture = (Architecture)99;
                o.LearningRateSchedule = (LearningRateSchedule)99;
                o.ScoreColumnName = "X";
                o.PredictedLabelColumnName = "X";
                o.EmbeddingColumnName = "";
                o.WidthMultiplier = 0;
            }),
            "BatchSize is 1; it must be at least 2",
            "Epoch is 0",
            "LearningRate is NaN",
            "Momentum is 1; it must be at least 0 and below 1",
            "WeightDecay is -1",
            "LabelSmoothing is 1",
            "ValidationSetFraction is 1",
            "ImageHeight is 0",
            "ImageHeight and ImageWidth must be set together",
            "\"gpu\"",
            "LabelColumnName must not be empty",
            "Architecture is 99; it must be one of ResNet18Slim",
            "LearningRateSchedule is 99",
            "Two output columns are named 'X'",
            "EmbeddingColumnName must not be empty",
            "WidthMultiplier is 0; it must be above 0");
    }

    [TestMethod]
    public void A_recipe_out_of_range_comes_all_in_one_message()
    {
        AssertError<ArgumentException>(
            () => Trainer(o =>
            {
                o.Epoch = 3;
                o.WarmUpEpochs = 4;
                o.LearningRateSchedule = LearningRateSchedule.Steps;
                o.LearningRateStepFactor = 0;
                o.Optimizer = (Optimizer)9;
                o.MaxGradientNorm = 0;
                o.WeightAverageDecay = 1;
                o.BalancedSampling = true;
                o.ClassWeights = ClassWeights.Auto;
                o.ChannelMean = [0.5, 0.5];
                o.Augmentation = new()
                {
                    CropReach = 0.6,
                    CropPadding = (CropPadding)9,
                    ResizedCropScale = 0,
                    RotationDegrees = 181,
                    Brightness = -1,
                    Contrast = 2,
                    Saturation = double.NaN,
                    Hue = 0.6,
                    RandomErasing = 1.5,
                    Cutout = 1.5,
                    MixUpAlpha = -1,
                    CutMixAlpha = 11,
                    RandAugment = new() { Operations = 0, Magnitude = 31 },
                };
            }),
            "WarmUpEpochs is 4; it must be at most Epoch, which is 3",
            "LearningRateSteps must say after which epochs",
            "LearningRateStepFactor is 0; it must be above 0 and at most 1",
            "Optimizer is 9; it must be one of Sgd, AdamW, Muon",
            "MaxGradientNorm is 0; it must be above 0",
            "WeightAverageDecay is 1; it must be above 0 and below 1",
            "set one of them",
            "ChannelMean and ChannelDeviation must be set together",
            "ChannelMean is [0.5, 0.5]; it must have three figures",
            "Augmentation.CropReach is 0.6; it must be above 0 and at most 0.5",
            "Augmentation.CropPadding is 9; it must be one of Mirror, Black",
            "Augmentation.ResizedCropScale is 0; it must be above 0 and at most 1",
            "Augmentation.RotationDegrees is 181",
            "Augmentation.Brightness is -1",
            "Augmentation.Contrast is 2",
            "Augmentation.Saturation is NaN",
            "Augmentation.Hue is 0.6; it must be at least 0 and at most 0.5",
            "Augmentation.RandomErasing is 1.5",
            "Augmentation.Cutout is 1.5",
            "Augmentation.MixUpAlpha is -1",
            "Augmentation.CutMixAlpha is 11",
            "Augmentation.RandAugment.Operations is 0; it must be at least 1 and at most 8",
            "Augmentation.RandAugment.Magnitude is 31");
        AssertError<ArgumentException>(() => Trainer(o => o.LearningRateSteps = [3, 3]), "LearningRateSteps is [3, 3]", "rising");
        AssertError<ArgumentException>(() => Trainer(o => (o.ChannelMean, o.ChannelDeviation) = ([0, 0, 0], [1, 1, 0])), "ChannelDeviation is [1, 1, 0]");
        AssertError<ArgumentException>(() => Trainer(o => o.Augmentation = null!), "Augmentation must not be empty");
        AssertError<ArgumentException>(
            () => Trainer(o => o.ClassWeights = ClassWeights.Of(1, 2)).Fit(SmallTask.Images(_mlContext, 40)), "ClassWeights has 2 weights; the label has 10 classes");
    }

    [TestMethod]
    public void Output_columns_that_would_hide_others()
    {
        AssertError<ArgumentException>(() => Trainer(o => (o.ScoreColumnName, o.EmbeddingColumnName) = ("P", "Score")), "'Score' is kept for ScoreColumnName");
        AssertError<ArgumentException>(() => Trainer(o => (o.ScoreColumnName, o.PredictedLabelColumnName) = ("P", "Score")), "'Score' is kept for ScoreColumnName");
        AssertError<ArgumentException>(() => Trainer(o => o.PredictedLabelColumnName = "Label"), "'Label' would replace an input column");
    }

    [TestMethod]
    public void A_gpu_that_is_asked_for_and_absent()
    {
        if (TorchSharp.torch.cuda.is_available())
            Assert.Inconclusive("This machine has a GPU.");
        AssertError<InvalidOperationException>(() => Trainer(o => o.Device = "cuda:0").Fit(SmallTask.Images(_mlContext)), "cuda:0", "TorchSharp-cuda-windows", "\"cpu\"");

        var strict = new MLContext(1) { GpuDeviceId = 0, FallbackToCpu = false };
        var options = SmallTask.Options;
        options.Device = "auto";
        var trainer = strict.MulticlassClassification.Trainers.Rf3dImageClassifier(options);
        AssertError<InvalidOperationException>(() => trainer.Fit(SmallTask.Images(strict)), "GpuDeviceId = 0", "FallbackToCpu is false");

        var lenient = new MLContext(1) { GpuDeviceId = 0, FallbackToCpu = true };
        var messages = new ConcurrentQueue<string>();
        lenient.Log += (_, log) => messages.Enqueue(log.Message);
        using var model = lenient.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(SmallTask.Images(lenient, 40));
        Assert.AreEqual("cpu", model.History.Device);
        Assert.Contains(message => message.Contains("Training on the CPU, since FallbackToCpu is true", StringComparison.Ordinal), messages);
    }

    [TestMethod]
    public void A_gpu_that_cannot_be_deterministic()
    {
        AssertError<ArgumentException>(
            () => Trainer(o => (o.Deterministic, o.Device) = (true, "cuda:0")), "Deterministic is true, but Device is \"cuda:0\"", "\"cpu\"");

        var options = SmallTask.Options;
        (options.Deterministic, options.Device) = (true, "auto");
        var strict = new MLContext(1) { GpuDeviceId = 0, FallbackToCpu = false };
        var trainer = strict.MulticlassClassification.Trainers.Rf3dImageClassifier(options);
        AssertError<InvalidOperationException>(() => trainer.Fit(SmallTask.Images(strict)), "FallbackToCpu is false", "Deterministic is true");
    }

    [TestMethod]
    public void Files_that_LoadImages_cannot_decode_are_named_by_their_row()
    {
        using var folder = new TempFolder();
        SmallTask.WritePng(folder["0.png"], [255, 0, 0], 16, 16);
        File.WriteAllText(folder["1.png"], "no image");
        var rows = Enumerable.Range(0, 40).Select(i => new { Path = i == 33 ? "1.png" : "0.png", Label = $"{i % 2}" });
        var paths = _mlContext.Data.LoadFromEnumerable(rows);
        var data = _mlContext.Transforms.LoadImages("Image", folder.Path, "Path").Append(_mlContext.Transforms.Conversion.MapValueToKey("Label")).Fit(paths).Transform(paths);
        AssertError<InvalidDataException>(() => Trainer().Fit(data), "Row 33", "'Image'", "Invalid input stream", "LoadImageFolder");
        // Where the size of the images has to be found first, too.
        AssertError<InvalidDataException>(() => Trainer(o => o.Network = null).Fit(data), "Row 33", "'Image'", "Invalid input stream", "LoadImageFolder");
        paths = _mlContext.Data.LoadFromEnumerable([new { Path = "1.png", Label = "a" }, new { Path = "1.png", Label = "b" }]);
        data = _mlContext.Transforms.LoadImages("Image", folder.Path, "Path").Append(_mlContext.Transforms.Conversion.MapValueToKey("Label")).Fit(paths).Transform(paths);
        AssertError<ArgumentException>(() => Trainer(o => o.Network = null).Fit(data), "No image in the column 'Image' can be read");
    }

    [TestMethod]
    public void Doubtful_recipes_are_told()
    {
        var messages = new ConcurrentQueue<string>();
        _mlContext.Log += (_, log) => messages.Enqueue(log.Message);
        Trainer(o => (o.Optimizer, o.LearningRateSchedule, o.LearningRateSteps) = (Optimizer.AdamW, LearningRateSchedule.Steps, [1, 3])).Fit(SmallTask.Images(_mlContext, 40)).Dispose();
        Assert.Contains(message => message.Contains("LearningRate is 0.05, which is high for Optimizer = AdamW", StringComparison.Ordinal), messages);
        Assert.Contains(message => message.Contains("LearningRateSteps is [1, 3], but there are only 2 epochs", StringComparison.Ordinal), messages);
        messages.Clear();
        Trainer(o => (o.Optimizer, o.LearningRate) = (Optimizer.AdamW, 0.003)).Fit(SmallTask.Images(_mlContext, 40)).Dispose();
        Assert.DoesNotContain(message => message.Contains("LearningRate", StringComparison.Ordinal) && message.Contains("high", StringComparison.Ordinal), messages);
    }

    [TestMethod]
    public void A_budget_that_cannot_be_met() => AssertError<InvalidOperationException>(
        () => Trainer(o => o.Organizer = new() { MaxMacs = 1000 }).Fit(SmallTask.Images(_mlContext)), "MaxMacs = 1,000", "above");

    [TestMethod]
    public void A_schema_that_does_not_tell_the_image_size()
    {
        using var folder = new TempFolder();
        var paths = _mlContext.Data.LoadFromEnumerable([new { Path = "a.jpg", Label = "a" }, new { Path = "b.jpg", Label = "b" }]);
        var data = _mlContext.Transforms.LoadImages("Image", folder.Path, "Path").Append(_mlContext.Transforms.Conversion.MapValueToKey("Label")).Fit(paths).Transform(paths);
        AssertError<ArgumentException>(() => Trainer(o => o.Network = null).Plan(data.Schema), "'Image'", "ImageHeight and ImageWidth", "Plan(height, width, classes)");
    }

    [TestMethod]
    public void An_unwritable_path()
    {
        using var folder = new TempFolder();
        using var model = Trainer().Fit(SmallTask.Images(_mlContext, 40));
        AssertError<IOException>(() => { model.SaveAsOnnx(folder["absent/model.onnx"]); return 0; }, "absent/model.onnx", "Choose a folder that exists");
        Directory.CreateDirectory(folder["model.onnx"]);
        AssertError<IOException>(() => { model.SaveAsOnnx(folder["model.onnx"]); return 0; }, "model.onnx");
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Path));
        AssertError<IOException>(() => { _mlContext.Model.Save(model, null, folder["absent/model.zip"]); return 0; }, "absent/model.zip");
    }
}
