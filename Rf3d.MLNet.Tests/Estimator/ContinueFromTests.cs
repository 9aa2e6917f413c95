using System.Collections.Concurrent;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Rf3d.Datasets;
using Rf3d.MLNet.Tests.Scoring;
using Rf3d.Planning;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet.Tests.Estimator;

[TestClass]
public class ContinueFromTests
{
    private static readonly string[] Classes = ["red", "green", "blue"];

    [TestMethod]
    public void A_training_that_continues_a_model_keeps_its_network_its_features_and_its_preparation_and_may_add_classes()
    {
        using var folder = new TempFolder();
        using var first = Train(folder, "first.zip", Images(folder["two"], 2), options => (options.Network, options.ImageHeight, options.ImageWidth) = (SmallTask.Network, 16, 16));
        var more = Images(folder["three"], 3);
        using var second = Train(folder, "second.zip", more, options => (options.ContinueFrom, options.Adaptation) = (folder["first.zip"], Rf3d.MLNet.Adaptation.Probe));

        Assert.AreEqual(first.Model.Layout.Network with { Classes = 3 }, second.Plan.Optimized with { Name = first.Model.Layout.Network.Name });
        for (var channel = 0; channel < 3; channel++)
        {
            Assert.AreEqual(first.Model.Statistics.Mean[channel], second.Model.Statistics.Mean[channel], 0.02f);
            Assert.AreEqual(first.Model.Statistics.StandardDeviation[channel], second.Model.Statistics.StandardDeviation[channel], 0.02f);
        }
        AssertSame(Embeddings(first, more), Embeddings(second, more));
        var evaluation = new MLContext(1).MulticlassClassification.Evaluate(second.Transform(more));
        Assert.AreEqual(1, evaluation.MicroAccuracy, 1e-9);
        Assert.IsNull(second.History.Pretrained!.CrossValidatedAccuracy, "The features were learned from the same images.");
    }

    [TestMethod]
    public void A_model_of_pixels_as_they_are_is_continued_with_pixels_as_they_are()
    {
        using var folder = new TempFolder();
        var images = Images(folder["images"], 2);
        using var first = Train(folder, "first.zip", images, options =>
        {
            (options.Network, options.ImageHeight, options.ImageWidth) = (SmallTask.Network, 16, 16);
            (options.ChannelMean, options.ChannelStandardDeviation) = ([0, 0, 0], [1 / 255.0, 1 / 255.0, 1 / 255.0]);
        });
        using var second = Train(folder, "second.zip", images, options => (options.ContinueFrom, options.Adaptation) = (folder["first.zip"], Rf3d.MLNet.Adaptation.Probe));
        for (var channel = 0; channel < 3; channel++)
        {
            Assert.AreEqual(0, second.Model.Statistics.Mean[channel], 1e-5f);
            Assert.AreEqual(1, second.Model.Statistics.StandardDeviation[channel], 1e-5f);
        }
    }

    [TestMethod]
    [DataRow(null)]
    [DataRow(TrainingPreset.PaperCifar)]
    public void Images_are_prepared_as_those_of_the_model_and_values_of_a_preset_give_way(TrainingPreset? preset)
    {
        using var folder = new TempFolder();
        var images = Images(folder["images"], 2);
        using var first = Train(folder, "first.zip", images, options =>
        {
            (options.Network, options.ImageHeight, options.ImageWidth, options.CropFraction) = (SmallTask.Network, 16, 16, 0.75);
            (options.Resizing, options.Background) = (ImageResizingEstimator.ResizingKind.IsoPad, RgbColor.Black);
        });
        var mlContext = new MLContext(1);
        var messages = new ConcurrentQueue<string>();
        mlContext.Log += (_, log) => messages.Enqueue(log.RawMessage);
        var continuing = preset is { } name ? TrainerOptions.FromPreset(name) : new();
        (continuing.ContinueFrom, continuing.Adaptation, continuing.Device, continuing.Seed) = (folder["first.zip"], Rf3d.MLNet.Adaptation.Probe, "cpu", 1);
        using var second = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(continuing).Fit(images);

        Assert.AreEqual((22, 22), (second.ImageHeight, second.ImageWidth));
        Assert.AreEqual(first.Model.Preprocessing, second.Model.Preprocessing);
        for (var channel = 0; channel < 3; channel++)
            Assert.AreEqual(first.Model.Statistics.Mean[channel], second.Model.Statistics.Mean[channel], 0.02f);
        Assert.AreEqual(
            preset is not null,
            messages.Any(message => message.Contains("The preset PaperCifar has other values of ImageHeight, ImageWidth, ChannelMean, ChannelStandardDeviation, which are not used.", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void An_option_that_is_set_to_another_preparation_of_the_images_is_refused()
    {
        using var folder = new TempFolder();
        SavedModels.Write(folder["model.zip"]);
        Refused("ImageHeight", options => (options.ImageHeight, options.ImageWidth) = (32, 16));
        Refused("ImageWidth", options => (options.ImageHeight, options.ImageWidth) = (16, 32));
        Refused("CropFraction", options => options.CropFraction = 0.75);
        Refused("Resizing", options => options.Resizing = ImageResizingEstimator.ResizingKind.Fill);
        Refused("Background", options => options.Background = RgbColor.Black);
        Refused("ChannelMean", options => (options.ChannelMean, options.ChannelStandardDeviation) = ([0.1, 0.2, 0.3], [0.4, 0.5, 0.6]));
        // Over those of a preset, too.
        var preset = TrainerOptions.FromPreset(TrainingPreset.PaperCifar);
        preset.ImageHeight = 48;
        Assert.Contains("ImageHeight is 48", Assert.ThrowsExactly<OptionConflictException>(() => Plan(preset)).Message);
        // The model's own values may be named.
        Plan(new() { ImageHeight = 16, ImageWidth = 16, CropFraction = 1 });

        void Refused(string name, Action<TrainerOptions> change)
        {
            var options = new TrainerOptions();
            change(options);
            var error = Assert.ThrowsExactly<OptionConflictException>(() => Plan(options));
            var text = error.Text.Render(option => "--" + option);
            Assert.StartsWith($"--ContinueFrom is '{folder["model.zip"]}', whose images are prepared with --{name} ", text);
            Assert.EndsWith($"Leave --{name} out.", text);
        }

        void Plan(TrainerOptions options)
        {
            options.ContinueFrom = folder["model.zip"];
            new MLContext(1).MulticlassClassification.Trainers.Rf3dImageClassifier(options).Plan(16, 16, 10);
        }
    }

    [TestMethod]
    public void The_model_is_opened_in_the_folder_of_temporary_files_of_the_context()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["file"], "");
        var options = new TrainerOptions { ContinueFrom = SavedModels.Write(folder["model.zip"]) };
        // Of all folders, only one in a file cannot be written to by anybody.
        var mlContext = new MLContext(1) { TempFilePath = folder["file", "in", "a", "file"] };
        var error = Assert.Throws<Exception>(() => mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Plan(16, 16, 10));
        Assert.Contains(folder["file"], error.Message);
    }

    [TestMethod]
    public void The_history_of_a_model_leads_to_those_that_it_continued()
    {
        using var folder = new TempFolder();
        var images = Images(folder["images"], 2);
        using var first = Train(folder, "first.zip", images, options => (options.Network, options.ImageHeight, options.ImageWidth) = (SmallTask.Network, 16, 16));
        using var second = Train(folder, "second.zip", images, options => options.ContinueFrom = folder["first.zip"]);
        using var third = Train(folder, "third.zip", images, options => options.ContinueFrom = folder["second.zip"]);
        using var saved = Rf3dSavedModel.Load(new MLContext(), folder["third.zip"]);
        var origin = saved.History!.Pretrained!;
        Assert.AreEqual("second.zip", origin.Name);
        CollectionAssert.AreEqual(Classes[..2], origin.Model!.Classes);
        // The second one learned from those that it held out, too.
        Assert.AreEqual(second.History.TrainingImages + second.History.ValidationImages, origin.Model.TrainingImages);
        Assert.AreEqual("first.zip", origin.Model.Pretrained!.Name);
        Assert.AreEqual(64, origin.Model.Pretrained.Sha256.Length);
        Assert.IsNull(origin.Model.Pretrained.Model!.Pretrained, "The first one started from random weights.");
    }

    [TestMethod]
    public void The_features_of_a_probe_that_is_continued_have_not_seen_the_images_and_its_successors_know_as_much_as_it_does()
    {
        using var folder = new TempFolder();
        var images = Images(folder["images"], 2);
        using (var drawn = Train(folder, "drawn.zip", images, options => (options.Network, options.ImageHeight, options.ImageWidth) = (SmallTask.Network, 16, 16)))
            drawn.SaveAsOnnx(folder["drawn.onnx"]);
        void Probe(TrainerOptions options) => options.Adaptation = Rf3d.MLNet.Adaptation.Probe;
        using var first = Train(folder, "first.zip", images, options => { Probe(options); (options.Pretrained, options.ImageHeight, options.ImageWidth, options.TestTimeFlip) = (folder["drawn.onnx"], 16, 16, true); });
        using var second = Train(folder, "second.zip", images, options => { Probe(options); options.ContinueFrom = folder["first.zip"]; });
        using var third = Train(folder, "third.zip", images, options => { Probe(options); options.ContinueFrom = folder["second.zip"]; });
        Assert.IsTrue(third.History.Pretrained!.Model!.HasPretrainedFeatures);
        Assert.IsTrue(first.History.Pretrained!.LearnedValidationImages);
        Assert.AreEqual(24, third.History.Pretrained.Model.TrainingImages, "Those that were held out are learned from, too.");
        Assert.AreEqual(first.History.Pretrained.CrossValidatedAccuracy, third.History.Pretrained.CrossValidatedAccuracy);
        Assert.IsNotNull(third.Model.Directions);
        Assert.IsTrue(third.Model.TestTimeFlip, "The model that is continued scores with mirror images.");
        using var saved = Rf3dSavedModel.Load(new MLContext(), folder["third.zip"]);
        Assert.IsTrue(saved.HasTypicality);

        using var other = Train(folder, "other.zip", images, options => { Probe(options); options.ContinueFrom = folder["drawn.zip"]; });
        Assert.IsFalse(other.History.Pretrained!.Model!.HasPretrainedFeatures);
        Assert.IsNull(other.History.Pretrained.CrossValidatedAccuracy);
        Assert.IsNull(other.Model.Directions);
        using var successor = Train(folder, "successor.zip", images, options => { Probe(options); options.ContinueFrom = folder["other.zip"]; });
        Assert.IsFalse(successor.History.Pretrained!.Model!.HasPretrainedFeatures, "The first one learned its features from images.");
    }

    [TestMethod]
    public void Options_that_name_another_network_are_refused_and_so_are_files_that_are_no_models()
    {
        using var folder = new TempFolder();
        Refused("Architecture", options => options.Architecture = Architecture.MobileNet);
        Refused("Network", options => options.Network = SmallTask.Network);
        Refused("WidthMultiplier", options => options.WidthMultiplier = 0.5);
        Refused("Pretrained", options => options.Pretrained = "resnet18.mlnet_in1k");

        File.WriteAllText(folder["text.zip"], "no model at all, but a text of some length");
        foreach (var (path, text) in new[] { (folder["missing.zip"], "missing.zip"), (folder["text.zip"], "text.zip") })
        {
            var options = new TrainerOptions { ContinueFrom = path };
            var error = Assert.ThrowsExactly<OptionConflictException>(() => new MLContext(1).MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(Images(folder["images"], 2)));
            Assert.StartsWith("ContinueFrom is '", error.Message);
            Assert.Contains(text, error.Message);
        }

        static void Refused(string other, Action<TrainerOptions> change)
        {
            var options = new TrainerOptions { ContinueFrom = "model.zip" };
            change(options);
            var error = Assert.ThrowsExactly<InvalidOptionsException>(() => new MLContext(1).MulticlassClassification.Trainers.Rf3dImageClassifier(options));
            Assert.Contains($"leave {other} out", error.Message);
        }
    }

    private static Rf3dImageClassificationTransformer Train(TempFolder folder, string name, ImageFolderDataView images, Action<TrainerOptions> change)
    {
        var mlContext = new MLContext(1);
        var options = new TrainerOptions { Epoch = 2, BatchSize = 8, Device = "cpu", Seed = 1, EmbeddingColumnName = "Embedding" };
        change(options);
        var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(images);
        mlContext.Model.Save(model, images.Schema, folder[name]);
        return model;
    }

    private static ImageFolderDataView Images(string folder, int classes)
    {
        byte[][] colours = [[220, 20, 20], [20, 220, 20], [20, 20, 220]];
        for (var label = 0; label < classes; label++)
        {
            var path = Path.Combine(folder, Classes[label]);
            if (!Directory.Exists(path))
            {
                Directory.CreateDirectory(path);
                for (var i = 0; i < 12; i++)
                    SmallTask.WritePng(Path.Combine(path, $"{i}.png"), [.. colours[label].Select(value => (byte)(value + i - 6))], 16, 16);
            }
        }
        return new MLContext(1).Data.LoadImageFolder(folder, new ImageFolderOptions { Classes = Classes[..classes] });
    }

    private static List<float[]> Embeddings(Rf3dImageClassificationTransformer model, ImageFolderDataView images) =>
        [.. model.Transform(images).GetColumn<float[]>("Embedding")];

    private static void AssertSame(List<float[]> expected, List<float[]> actual)
    {
        Assert.HasCount(expected.Count, actual);
        for (var i = 0; i < expected.Count; i++)
        {
            for (var j = 0; j < expected[i].Length; j++)
                Assert.AreEqual(expected[i][j], actual[i][j], 1e-3f * Math.Max(1, Math.Abs(expected[i][j])));
        }
    }
}
