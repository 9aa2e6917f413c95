using System.Collections.Concurrent;
using Microsoft.ML;
using Rf3d.MLNet.Tests.Project;
using Rf3d.Planning;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>From which pretrained network a training starts, how its images are prepared, and the parts of it that the plan keeps.</summary>
[TestClass]
public class PretrainedChoiceTests
{
    private const string Package = "resnet18.mlnet_in1k";

    private static readonly TempFolder Folder = new();

    private static string File => Folder["small.onnx"];

    [ClassInitialize]
    public static void Pretrain(TestContext context)
    {
        var mlContext = new MLContext(1);
        using var model = SmallTask.Trainer(mlContext, options => options.Epoch = 1).Fit(SmallTask.Images(mlContext, 40));
        mlContext.Model.Save(model, SmallTask.Images(mlContext, 1).Schema, Folder["own.zip"]);
        model.SaveAsOnnx(File);
    }

    [ClassCleanup]
    public static void Delete() => Folder.Dispose();

    [TestMethod]
    public void Photographs_start_from_ImageNet_where_the_weights_are_and_the_log_says_so()
    {
        var mlContext = new MLContext(1);
        var messages = new ConcurrentQueue<string>();
        mlContext.Log += (_, log) => messages.Enqueue(log.RawMessage);
        byte[] red = [200, 30, 30], blue = [30, 30, 200];
        var images = SmallTask.FromMemory(mlContext, [.. Enumerable.Range(0, 12).Select(i => (i % 2 == 0 ? "red" : "blue", i % 2 == 0 ? red : blue, 90 + i, 100))]);
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(new TrainerOptions { Device = "cpu" }).Fit(images);
        Assert.AreEqual(Package, model.History.Pretrained!.Name);
        Assert.AreEqual("MIT", model.History.Pretrained.License);
        // Halved five times without a rest.
        Assert.AreEqual(new TensorShape(3, 128, 128), model.Plan.Optimized.Input);
        // Of which the network sees seven eighths, as the weights expect.
        Assert.AreEqual((148, 148), (model.ImageHeight, model.ImageWidth));
        Assert.AreEqual(1, mlContext.MulticlassClassification.Evaluate(model.Transform(images)).MicroAccuracy);
        Assert.Contains(message => message.Contains($"Starting from '{Package}'", StringComparison.Ordinal), messages);
        Assert.Contains(message => message.Contains("in cross-validation", StringComparison.Ordinal), messages);
    }

    [TestMethod]
    public void Long_photographs_keep_their_shape()
    {
        var mlContext = new MLContext(1);
        var warnings = new ConcurrentQueue<string>();
        mlContext.Log += (_, log) => warnings.Enqueue(log.RawMessage);
        // The colour that tells the classes apart is near the left end only: the middle square is the same.
        var images = SmallTask.FromPixels(mlContext, [.. Enumerable.Range(0, 12).Select(i => (i % 2 == 0 ? "red" : "blue", 100, 400, (Func<int, int, byte[]>)((_, x) => x > 90 ? [90, 90, (byte)(90 + i)] : i % 2 == 0 ? [200, 30, 30] : [30, 30, 200])))]);
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(new TrainerOptions { Device = "cpu" }).Fit(images);
        Assert.AreEqual(Package, model.History.Pretrained!.Name);
        Assert.AreEqual(new TensorShape(3, 96, 384), model.Plan.Optimized.Input);
        // Whole: at the ends of long images there may be as much to see.
        Assert.AreEqual((96, 384), (model.ImageHeight, model.ImageWidth));
        Assert.AreEqual(1, mlContext.MulticlassClassification.Evaluate(model.Transform(images)).MicroAccuracy);
        Assert.DoesNotContain(warning => warning.Contains("middle of the images", StringComparison.Ordinal), warnings);
    }

    [TestMethod]
    public void Features_of_photographs_that_say_little_of_the_classes_are_warned_of()
    {
        var mlContext = new MLContext(1);
        var warnings = new ConcurrentQueue<string>();
        mlContext.Log += (_, log) => warnings.Enqueue(log.RawMessage);
        // Which class a colour has is drawn.
        var random = new Random(1);
        var images = SmallTask.FromMemory(mlContext, [.. Enumerable.Range(0, 60).Select(_ => (random.Next(2) == 0 ? "a" : "b", new[] { (byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256) }, 90, 90))]);
        foreach (var (pretrained, isWarned) in new[] { (PretrainedChoice.Automatic, true), (Package, false) })
        {
            warnings.Clear();
            using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(new TrainerOptions { Device = "cpu", Pretrained = pretrained }).Fit(images);
            Assert.IsLessThan(0.8, model.History.Pretrained!.CrossValidatedAccuracyInterval!.Value.High);
            Assert.AreEqual(isWarned, warnings.Any(warning => warning.Contains("If the images are drawings, characters or scans, random weights may be far better (Pretrained \"none\"; rf3d: --pretrained none)", StringComparison.Ordinal)));
        }
    }

    [TestMethod]
    public void Small_images_start_from_random_weights_and_for_a_few_thousand_the_log_names_another_way()
    {
        var few = PretrainedChoice.Of(new TrainerOptions(), new(32, 32), 200);
        Assert.IsNull(few.Network);
        Assert.IsFalse(few.IsAdvice);
        Assert.Contains($"Pretrained '{Package}'", few.Reason!);
        Assert.Contains("An experiment compares both", few.Reason!);
        var more = PretrainedChoice.Of(new TrainerOptions(), new(32, 32), 5_000).Reason!;
        Assert.Contains($"Pretrained '{Package}'", more);
        Assert.DoesNotContain("experiment", more);
        Assert.IsNull(PretrainedChoice.Of(new TrainerOptions(), new(32, 32), 50_000).Reason);
        // Lines of text, in the form of a network for small images; and what is left of long photographs.
        Assert.IsNull(PretrainedChoice.Of(new TrainerOptions(), new(32, 128), 200).Network);
        Assert.IsNotNull(PretrainedChoice.Of(new TrainerOptions(), new(64, 512), 200).Network);
        Assert.IsNull(PretrainedChoice.Of(new TrainerOptions(), new(32, 32), null).Reason);
        Assert.IsNull(PretrainedChoice.Of(new TrainerOptions { Pretrained = "none" }, new(32, 32), 2_000).Reason);
        Assert.IsNull(PretrainedChoice.Of(new TrainerOptions { Architecture = Architecture.MobileNet }, new(32, 32), 2_000).Reason);

        // Asked for by name, it sees them in a size that it knows.
        var mlContext = new MLContext();
        Assert.AreEqual(new TensorShape(3, 128, 128), mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(new TrainerOptions { Pretrained = Package }).Plan(32, 32, 10).Optimized.Input);
        Assert.AreEqual(new TensorShape(3, 32, 32), mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(new TrainerOptions { Pretrained = Package, ImageHeight = 32, ImageWidth = 32 }).Plan(32, 32, 10).Optimized.Input);
    }

    [TestMethod]
    public void The_log_says_why_photographs_start_from_random_weights()
    {
        var network = PretrainedChoice.Of(new TrainerOptions { Architecture = Architecture.ResNet50 }, new(224, 224), 245);
        Assert.IsNull(network.Network);
        Assert.Contains("because Architecture or WidthMultiplier is set", network.Reason!);
        // An experiment sets it for each of its base networks.
        Assert.IsFalse(network.IsAdvice);
        Assert.Contains($"'{Package}'", PretrainedChoice.Of(new TrainerOptions { WidthMultiplier = 0.5 }, new(224, 224), null).Reason!);
        Assert.IsNull(PretrainedChoice.Of(new TrainerOptions { Architecture = Architecture.ResNet50 }, new(224, 224), 20_001).Reason);
        var many = PretrainedChoice.Of(new TrainerOptions(), new(224, 224), 20_001);
        Assert.IsNull(many.Network);
        Assert.IsTrue(many.IsAdvice);
        Assert.Contains("more than 20,000 images", many.Reason!);
        Assert.Contains($"Pretrained '{Package}'", many.Reason!);
        Assert.IsFalse(PretrainedChoice.Of(new TrainerOptions { Pretrained = "none" }, new(224, 224), 20_001).IsAdvice);
    }

    [TestMethod]
    public void An_experiment_compares_below_a_thousand_small_images_unless_their_size_or_a_budget_is_set()
    {
        Assert.AreEqual(Package, Of(new(), 32, 999).Network!.Name);
        Assert.AreEqual(Package, Of(new(), 64, 10).Network!.Name);
        foreach (var images in new long?[] { 1_000, 5_000, null })
            Assert.IsNull(Of(new(), 32, images).Network);
        foreach (var options in (TrainerOptions[])[
            new() { ImageHeight = 32, ImageWidth = 32 },
            new() { Organizer = new() { MaxMacs = 100_000_000 } },
            new() { Organizer = new() { MaxParameters = 1_000_000 } },
            new() { Decomposition = Decomposition.Auto with { MaxMacs = 100_000_000 } },
            new() { Pretrained = "none" },
            new() { Architecture = Architecture.MobileNet },
            new() { WidthMultiplier = 0.5 }])
        {
            Assert.IsNull(Of(options, 32, 999).Network);
        }
        // Photographs are as in a training.
        Assert.AreEqual(Package, Of(new() { Organizer = new() { MaxMacs = 1_000_000_000 } }, 100, null).Network!.Name);
        Assert.IsNull(Of(new(), 100, 20_001).Network);

        static PretrainedChoice Of(TrainerOptions options, int side, long? images) => PretrainedChoice.OfCandidate(options, new(side, side), images);
    }

    [TestMethod]
    public void Weights_that_are_not_known_or_of_another_network_are_errors_with_the_options_name()
    {
        var mlContext = new MLContext(1);
        var error = Assert.ThrowsExactly<OptionConflictException>(() => Trainer(mlContext, options => options.Pretrained = "resnet19").Plan(16, 16, 10));
        Assert.StartsWith("--Pretrained is 'resnet19'", error.Text.Render(name => "--" + name));
        Assert.Contains(Package, error.Message);
        Assert.DoesNotContain("Parameter", error.Message);
        error = Assert.ThrowsExactly<OptionConflictException>(() => Trainer(mlContext, options => (options.Pretrained, options.Architecture) = (Package, Architecture.ResNet34)).Plan(64, 64, 10));
        Assert.Contains("whose network is ResNet18, but Architecture is ResNet34", error.Message);
        Assert.ThrowsExactly<InvalidOptionsException>(() => Trainer(mlContext, options => options.Pretrained = ""));
    }

    [TestMethod]
    public void A_pretrained_network_goes_with_no_other_network_and_no_width()
    {
        var mlContext = new MLContext(1);
        foreach (var name in new[] { Package, File })
        {
            var error = Assert.ThrowsExactly<OptionConflictException>(() => Trainer(mlContext, options => (options.Pretrained, options.Network) = (name, SmallTask.Network)).Plan(64, 64, 10));
            Assert.StartsWith($"--Pretrained is '{name}', a network of its own to start from, and --Network is another one, '{SmallTask.Network.Name}'.", error.Text.Render(option => "--" + option));
            error = Assert.ThrowsExactly<OptionConflictException>(() => Trainer(mlContext, options => (options.Pretrained, options.WidthMultiplier) = (name, 0.5)).Plan(64, 64, 10));
            Assert.StartsWith($"--Pretrained is '{name}', and --WidthMultiplier is 0.5", error.Text.Render(option => "--" + option));
            Assert.Contains("Organizer.MaxMacs", error.Message);
        }
    }

    [TestMethod]
    public void Weights_of_this_trainer_go_with_a_network_and_a_width()
    {
        var mlContext = new MLContext(1);
        var own = Trainer(mlContext, options => (options.Pretrained, options.Network) = (Folder["own.zip"], SmallTask.Network));
        Assert.AreEqual(SmallTask.Network.Name, own.Plan(16, 16, 10).Original.Name);
        Trainer(mlContext, options => (options.Pretrained, options.Architecture, options.WidthMultiplier) = (Folder["own.zip"], Architecture.ResNet18Slim, 0.25)).Plan(32, 32, 10);
    }

    [TestMethod]
    public void A_plan_keeps_the_whole_network_unless_it_may_keep_less_or_a_budget_asks_for_it()
    {
        string Depths(Action<TrainerOptions>? change = null)
        {
            var options = new TrainerOptions();
            change?.Invoke(options);
            return new MLContext().MulticlassClassification.Trainers.Rf3dImageClassifier(options).Plan(128, 128, 2).Optimized.GetStageDepths() is var depths ? string.Join(',', depths) : "";
        }
        Assert.AreEqual("2,2,2,3", Depths());
        Assert.AreEqual("3,3,2,1", Depths(options => options.MinKeptShare = 0));
        Assert.AreNotEqual("2,2,2,3", Depths(options => options.Organizer = new() { MaxParameters = 9_000_000 }));
        // A network that is asked for by name starts from nothing.
        Assert.AreNotEqual("2,2,2,3", Depths(options => options.Architecture = Architecture.ResNet18));
        Assert.AreNotEqual("2,2,2,3", Depths(options => options.Pretrained = "none"));
        Assert.AreNotEqual("2,2,2,3", Depths(options => options.WidthMultiplier = 0.5));
        Assert.AreEqual("2,2", Depths(options => options.Network = SmallTask.Network with { Classes = 2 }));
    }

    [TestMethod]
    public void A_pretrained_network_is_organized_and_decomposed_as_any_other()
    {
        static NetworkPlan Plan(Action<TrainerOptions> change)
        {
            var options = new TrainerOptions { MinKeptShare = 0 };
            change(options);
            return new MLContext().MulticlassClassification.Trainers.Rf3dImageClassifier(options).Plan(128, 128, 2);
        }
        Assert.AreEqual("1,1,1,1", string.Join(',', Plan(options => options.Organizer = new() { Threshold = 1000 }).Optimized.GetStageDepths()));
        Assert.IsNotEmpty(Plan(options => options.Decomposition = Decomposition.DepthwisePointwise).Replacements);
        Assert.IsLessThanOrEqualTo(9_000_000, Plan(options => options.Organizer = new() { MaxParameters = 9_000_000 }).OptimizedCost.Parameters);
    }

    [TestMethod]
    public void A_network_that_is_kept_whole_is_measured_as_the_options_say()
    {
        double TotalGain(ReceptiveFieldOptions fields)
        {
            var options = new TrainerOptions { Organizer = new() { ReceptiveField = fields } };
            var plan = new MLContext().MulticlassClassification.Trainers.Rf3dImageClassifier(options).Plan(128, 128, 2);
            Assert.AreEqual("2,2,2,3", string.Join(',', plan.Optimized.GetStageDepths()));
            return plan.OptimizedField.TotalGain;
        }
        var usual = TotalGain(new());
        Assert.AreNotEqual(usual, TotalGain(new() { Alpha = 1 }));
        Assert.AreNotEqual(usual, TotalGain(new() { Clamping = ReceptiveFieldClamping.Unclamped }));
    }

    [TestMethod]
    public void Ways_to_resize_that_keep_all_of_an_image_have_no_crop()
    {
        var mlContext = new MLContext(1);
        var images = SmallTask.FromMemory(mlContext, [.. Enumerable.Range(0, 8).Select(i => (i % 2 == 0 ? "red" : "blue", i % 2 == 0 ? new byte[] { 200, 30, 30 } : [30, 30, 200], 100, 104))]);
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(
            new TrainerOptions { Device = "cpu", Resizing = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind.Fill }).Fit(images);
        Assert.AreEqual((Package, 128, 128), (model.History.Pretrained!.Name, model.ImageHeight, model.Plan.Optimized.Input.Height));
    }

    [TestMethod]
    public void The_normalisation_of_the_network_goes_before_that_of_a_preset_and_another_one_is_warned_of()
    {
        var known = PretrainedChoice.Open(File);
        var start = new PretrainedChoice(known, null, null);
        var own = known.Input.Statistics;
        var preset = TrainerOptions.FromPreset(TrainingPreset.PaperCifar);
        Assert.AreEqual(own.Mean[0], Of(preset, "of the preset PaperCifar are not used"));
        Assert.AreEqual(own.Mean[0], Of(new(), null));
        (preset.ChannelMean, preset.ChannelStandardDeviation) = ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]);
        Assert.AreEqual(127.5f, Of(preset, "replace the normalisation"));
        start = new(known with { Input = known.Input with { IsAssumed = true } }, null, null);
        Assert.AreEqual(127.5f, Of(preset, null));
        Assert.AreEqual(own.Mean[0], Of(new(), "Nothing says how images were normalised"));

        float Of(TrainerOptions options, string? warning)
        {
            List<string> warnings = [];
            var mean = NormalisationChoice.Of(options, start, new(16, 16), warnings.Add)!.Mean[0];
            Assert.AreEqual(warning is null ? 0 : 1, warnings.Count);
            if (warning is not null)
                Assert.Contains(warning, warnings[0]);
            return mean;
        }
    }

    [TestMethod]
    [DataRow("resnet-legacy.pth", "weights.pt")]
    [DataRow("resnet-legacy.pth", "weights")]
    [DataRow("resnet.pth", "pytorch_model.bin")]
    [DataRow("resnet-d.onnx", "NET.ONNX")]
    public void The_content_of_a_file_decides_what_it_is_whatever_its_name(string fixture, string name)
    {
        using var folder = new TempFolder();
        System.IO.File.Copy(Fixture(fixture), folder[name]);
        var choice = PretrainedChoice.Of(new TrainerOptions { Pretrained = folder[name] }, new(224, 224), 100);
        Assert.IsNotNull(choice.Network);
        Assert.IsNull(choice.File);
    }

    [TestMethod]
    [DataRow("resnet.pth")]
    [DataRow("resnet-legacy.pth")]
    public void A_pth_that_was_cut_short_is_still_one(string fixture)
    {
        using var folder = new TempFolder();
        System.IO.File.WriteAllBytes(folder["cut.pth"], System.IO.File.ReadAllBytes(Fixture(fixture))[..10_000]);
        var error = Assert.ThrowsExactly<FormatException>(() => PretrainedChoice.Of(new TrainerOptions { Pretrained = folder["cut.pth"] }, new(224, 224), 100));
        Assert.Contains("cut.pth' cannot be used as pretrained weights: it is damaged or was cut short", error.Message);
    }

    [TestMethod]
    public void The_error_of_a_file_that_is_nothing_known_names_models_and_checkpoints()
    {
        using var folder = new TempFolder();
        foreach (var bytes in new[] { 0, 4096 })
        {
            System.IO.File.WriteAllBytes(folder["model.zip"], new byte[bytes]);
            var error = Assert.ThrowsExactly<FormatException>(() => PretrainedChoice.Of(new TrainerOptions { Pretrained = folder["model.zip"] }, new(224, 224), 100));
            Assert.Contains("model.zip' cannot be used as pretrained weights", error.Message);
            Assert.Contains("The .zip of a model of this trainer, or one of its checkpoints, is possible as well", error.Message);
        }
    }

    [TestMethod]
    public void A_file_with_a_network_beside_another_network_is_refused_before_it_is_read()
    {
        using var folder = new TempFolder();
        System.IO.File.WriteAllBytes(folder["own.pt"], System.IO.File.ReadAllBytes(Fixture("resnet.pth"))[..10_000]);
        var error = Assert.ThrowsExactly<OptionConflictException>(() => PretrainedChoice.Of(new TrainerOptions { Pretrained = folder["own.pt"], Network = SmallTask.Network }, new(16, 16), 100));
        Assert.Contains("a model or checkpoint of this trainer, or .safetensors with the names of its layers", error.Message);
    }

    private static string Fixture(string name) => RepositoryRoot.Combine("Rf3d.MLNet.Tests", "Pretrained", "Fixtures", name);

    private static Rf3dImageClassificationTrainer Trainer(MLContext mlContext, Action<TrainerOptions> change) => SmallTask.PretrainedTrainer(mlContext, File, change);
}
