using System.Collections.Concurrent;
using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.MLNet.Tests.Scoring;
using Rf3d.Planning;
using TorchSharp;

namespace Rf3d.MLNet.Tests.Estimator;

[TestClass]
public class WarmStartTests
{
    private readonly ConcurrentQueue<string> _messages = [];

    private Rf3dImageClassificationTransformer Fit(Action<Rf3dImageClassificationTrainer.Options> change)
    {
        var mlContext = new MLContext(1);
        mlContext.Log += (_, log) => _messages.Enqueue(log.Message);
        var options = SmallTask.Options;
        // Too little to change a weight that shows.
        (options.Epoch, options.LearningRate) = (1, 1e-12);
        change(options);
        return mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(SmallTask.Images(mlContext, 60));
    }

    private void AssertLogged(string text) => Assert.Contains(message => message.Contains(text, StringComparison.Ordinal), _messages, text);

    private static void AssertClose(WeightTable expected, WeightTable actual, string name)
    {
        for (var i = 0; i < expected[name].Values.Length; i++)
            Assert.AreEqual(expected[name].Values[i], actual[name].Values[i], 1e-5, name);
    }

    [TestMethod]
    public void A_saved_model_gives_its_weights_as_they_were()
    {
        using var folder = new TempFolder();
        using var model = Fit(options => (options.Epoch, options.LearningRate) = (3, 0.05));
        var mlContext = new MLContext(1);
        var data = SmallTask.Images(mlContext, 10);
        mlContext.Model.Save(model.Append(mlContext.Transforms.Conversion.MapKeyToValue("Name", "PredictedLabel").Fit(model.Transform(data))), data.Schema, folder["model.zip"]);

        var source = WarmStartSource.Read(folder["model.zip"]).Weights;
        foreach (var node in model.Model.Layout.Layers)
        {
            // The graph has them folded; unfolded they compute the same, and normalise to the same deviation and mean.
            var (expected, actual) = (FoldedConvolution.Of(node, model.Model.Weights), FoldedConvolution.Of(node, source));
            for (var i = 0; i < expected.Weights.Length; i++)
                Assert.AreEqual(expected.Weights[i], actual.Weights[i], 1e-4, node.Name);
            for (var i = 0; i < expected.Bias!.Length; i++)
                Assert.AreEqual(expected.Bias[i], actual.Bias![i], 1e-4, node.Name);
            AssertClose(model.Model.Weights, source, node.Name + WeightTable.NormShift);
        }
        using var warm = Fit(options => options.Pretrained = folder["model.zip"]);
        AssertLogged("for 7 layers: stage1.block1.layer1, ");
        AssertClose(model.Model.Weights, warm.Model.Weights, "head.classifier.weight");
        Assert.DoesNotContain(message => message.Contains("start from random weights", StringComparison.Ordinal), _messages);
    }

    [TestMethod]
    public void A_training_from_a_checkpoint_keeps_its_shortcuts_and_one_from_a_model_has_none()
    {
        using var folder = new TempFolder();
        using var model = Fit(options => (options.Epoch, options.LearningRate, options.CheckpointDirectory, options.Precision) = (3, 0.05, folder.Path, TrainingPrecision.Float32));
        var checkpoint = Directory.GetFiles(folder.Path, "checkpoint-000003-*.safetensors").Single();
        Assert.IsTrue(WarmStartSource.Read(checkpoint).HaveIdentityBranches);
        using var warm = Fit(options => (options.Pretrained, options.Precision) = (checkpoint, TrainingPrecision.Float32));
        var mlContext = new MLContext(1);
        var test = SmallTask.Images(mlContext, 50, seed: 2);
        // A step of no length and statistics of the same images: they score alike. Without the branches they would not, by more than the tolerance.
        AssertScoresAlike(model, warm, test);
        Assert.DoesNotContain(message => message.Contains("without identity branches", StringComparison.Ordinal), _messages);

        mlContext.Model.Save(model, test.Schema, folder["model.zip"]);
        Assert.IsFalse(WarmStartSource.Read(folder["model.zip"]).HaveIdentityBranches);
        using var warmer = Fit(options => (options.Pretrained, options.Precision) = (folder["model.zip"], TrainingPrecision.Float32));
        AssertScoresAlike(model, warmer, test);
        AssertLogged("without identity branches, as the weights that it starts from");
        _messages.Clear();
        Fit(options => (options.Pretrained, options.Reparameterization) = (folder["model.zip"], false)).Dispose();
        Assert.DoesNotContain(message => message.Contains("without identity branches", StringComparison.Ordinal), _messages);

        var error = Assert.ThrowsExactly<OptionConflictException>(() => Fit(options => (options.Pretrained, options.Reparameterization) = (checkpoint, false)));
        Assert.Contains("Reparameterization is false. Set it to true, or start from the .zip", error.Message);
    }

    private static void AssertScoresAlike(Rf3dImageClassificationTransformer expected, Rf3dImageClassificationTransformer actual, IDataView data)
    {
        foreach (var (first, second) in expected.Transform(data).GetColumn<float[]>("Score").Zip(actual.Transform(data).GetColumn<float[]>("Score")))
        {
            for (var i = 0; i < first.Length; i++)
                Assert.AreEqual(first[i], second[i], 0.005);
        }
    }

    [TestMethod]
    public void A_checkpoint_gives_its_best_weights_and_other_classes_start_a_new_last_layer()
    {
        using var folder = new TempFolder();
        using var model = Fit(options => (options.Epoch, options.LearningRate, options.CheckpointDirectory, options.Reparameterization) = (3, 0.05, folder.Path, false));
        var checkpoint = Directory.GetFiles(folder.Path, "checkpoint-000003-*.safetensors").Single();
        var source = WarmStartSource.Read(checkpoint).Weights;
        foreach (var name in model.Model.Weights.Names)
            CollectionAssert.AreEqual(model.Model.Weights[name].Values, source[name].Values, name);

        var mlContext = new MLContext(1);
        mlContext.Log += (_, log) => _messages.Enqueue(log.Message);
        var options = SmallTask.Options;
        (options.Epoch, options.LearningRate, options.BatchSize, options.Pretrained) = (1, 1e-12, 2, checkpoint);
        var data = SmallTask.FromMemory(mlContext, ("a", [250, 0, 0], 16, 16), ("b", [0, 0, 250], 16, 16));
        using var warm = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(data);
        AssertClose(model.Model.Weights, warm.Model.Weights, "stage2.block1.layer2.weight");
        AssertLogged("1 layers start from random weights: head.classifier (2x32 here, 10x32 in the source)");
    }

    [TestMethod]
    public void Weights_of_torchvision_find_their_places()
    {
        using var folder = new TempFolder();
        // The tensors of torchvision's resnet18, up to the first stage.
        Dictionary<string, SafeTensorEntry> tensors = new()
        {
            ["conv1.weight"] = Drawn(64, 3, 7, 7), ["bn1.weight"] = Drawn(64), ["bn1.bias"] = Drawn(64), ["bn1.running_mean"] = Drawn(64), ["bn1.running_var"] = Drawn(64),
            ["layer1.0.conv1.weight"] = Drawn(64, 64, 3, 3), ["layer1.0.bn1.weight"] = Drawn(64), ["layer1.0.bn1.bias"] = Drawn(64),
            ["layer1.0.bn1.running_mean"] = Drawn(64), ["layer1.0.bn1.running_var"] = Drawn(64), ["layer1.0.bn1.num_batches_tracked"] = new("I64", [], new byte[8]),
            ["layer4.9.conv1.weight"] = Drawn(512, 512, 3, 3), ["fc.weight"] = Drawn(1000, 512), ["fc.bias"] = Drawn(1000),
        };
        using (var file = File.Create(folder["resnet18.safetensors"]))
            new SafeTensors(new Dictionary<string, string>(), tensors).Write(file);
        using var warm = Fit(options =>
        {
            (options.Network, options.Architecture) = (null, Architecture.ResNet18);
            (options.Organizer, options.Pretrained) = (OrganizerOptions.Off, folder["resnet18.safetensors"]);
        });
        AssertLogged("for 1 layers: stage1.block1.layer1.");
        AssertLogged("stem.block1.layer1 (64x3x3x3 here, 64x3x7x7 in the source)");
        AssertLogged("head.classifier (10x512 here, 1000x512 in the source)");
        AssertLogged("1 layers of '" + folder["resnet18.safetensors"] + "' have no place in the planned network: stage4.block10.layer1");
        var values = tensors["layer1.0.conv1.weight"].ToFloats()!;
        for (var i = 0; i < values.Length; i++)
            Assert.AreEqual(values[i], warm.Model.Weights["stage1.block1.layer1.weight"].Values[i], 1e-5);

        static SafeTensorEntry Drawn(params long[] shape)
        {
            using var scope = torch.NewDisposeScope();
            return torch.rand(shape).Store();
        }
    }

    [TestMethod]
    public void Tensors_of_other_networks_and_integers_are_refused_as_in_a_pretrained_network_and_others_are_named()
    {
        using var folder = new TempFolder();
        AssertRefused("layer1.0.se.conv.weight", "F32", "an attention, as in timm's seresnet50");
        AssertRefused("layer1.0.conv1.weight", "I8", "'layer1.0.conv1.weight' is of the type I8, as quantized weights are");
        Write("neck.conv.weight", "F32");
        CollectionAssert.AreEqual(new[] { "neck.conv" }, WarmStartSource.Read(folder["weights.safetensors"]).UnknownLayers.ToArray());

        void AssertRefused(string name, string type, string text)
        {
            Write(name, type);
            Assert.Contains(text, Assert.ThrowsExactly<FormatException>(() => WarmStartSource.Read(folder["weights.safetensors"])).Message);
        }

        void Write(string name, string type)
        {
            Dictionary<string, SafeTensorEntry> tensors = new() { ["conv1.weight"] = new("F32", [64, 3, 7, 7], new byte[64 * 3 * 49 * sizeof(float)]), [name] = new(type, [1], new byte[SafeTensorEntry.SizeOf(type)!.Value]) };
            using var file = File.Create(folder["weights.safetensors"]);
            new SafeTensors(new Dictionary<string, string>(), tensors).Write(file);
        }
    }

    [TestMethod]
    public void Weights_of_half_precision_are_read_as_they_are()
    {
        var values = new[] { 0f, 1, -1.5f, 0.25f, 1024, -0.0078125f };
        var half = new SafeTensorEntry("F16", [6], [.. values.SelectMany(value => BitConverter.GetBytes((Half)value))]);
        // The upper half of a float.
        var brain = new SafeTensorEntry("BF16", [6], [.. values.SelectMany(value => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)))]);
        var source = WarmStartSource.FromForeign(new Dictionary<string, SafeTensorEntry> { ["stage1.block1.layer1.weight"] = half, ["stage1.block1.layer1.bias"] = brain }, null).Weights;
        CollectionAssert.AreEqual(values, source["stage1.block1.layer1.weight"].Values);
        CollectionAssert.AreEqual(values, source["stage1.block1.layer1.bias"].Values);
    }

    [TestMethod]
    public void Values_of_layers_that_are_not_known_are_not_read()
    {
        Dictionary<string, SafeTensorEntry> tensors = new()
        {
            ["stage10.block1.layer1.weight"] = new("F32", [1], new byte[sizeof(float)]),
            ["encoder.weight"] = new("F32", [500_000_000], _ => throw new InvalidOperationException("It is read.")),
            ["encoder.scale"] = new("F32", [500_000_000], _ => throw new InvalidOperationException("It is read.")),
        };
        var source = WarmStartSource.FromForeign(tensors, null);
        CollectionAssert.AreEqual(new[] { "encoder" }, source.UnknownLayers.ToArray());
        CollectionAssert.AreEqual(new[] { "stage10.block1.layer1.weight" }, source.Weights.Names.ToArray());
    }

    [TestMethod]
    public void Files_that_are_of_no_use_are_named()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["text"], "no weights at all");
        Assert.Contains(folder["text"], Assert.ThrowsExactly<FormatException>(() => Fit(options => options.Pretrained = folder["text"])).Message);
        File.WriteAllText(folder["broken.zip"], "PK\u0003\u0004 and nothing behind it");
        Assert.Contains("broken.zip", Assert.ThrowsExactly<FormatException>(() => Fit(options => options.Pretrained = folder["broken.zip"])).Message);
        Assert.Contains("no file", Assert.ThrowsExactly<FileNotFoundException>(() => Fit(options => options.Pretrained = folder["none"])).Message);
        using (var file = File.Create(folder["other.safetensors"]))
            new SafeTensors(new Dictionary<string, string>(), new Dictionary<string, SafeTensorEntry> { ["encoder.weight"] = new("F32", [1], new byte[4]) }).Write(file);
        var error = Assert.ThrowsExactly<OptionConflictException>(() => Fit(options => options.Pretrained = folder["other.safetensors"]));
        Assert.Contains("no layer of", error.Message);
        Assert.Contains("stage1.block1.layer1 (not in the source)", error.Message);
        Assert.Contains("Pretrained must not be empty", Assert.Throws<ArgumentException>(() => Fit(options => options.Pretrained = "")).Message);
    }

    [TestMethod]
    public void Weights_that_fit_nothing_are_an_error_before_an_image_is_read()
    {
        using var folder = new TempFolder();
        using (var file = File.Create(folder["other.safetensors"]))
            new SafeTensors(new Dictionary<string, string>(), new Dictionary<string, SafeTensorEntry> { ["encoder.weight"] = new("F32", [1], new byte[4]) }).Write(file);
        var mlContext = new MLContext(1);
        var rows = mlContext.Data.LoadFromEnumerable([new UnreadableRow { Label = "a" }, new UnreadableRow { Label = "b" }]);
        var data = mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(rows).Transform(rows);
        var options = SmallTask.Options;
        options.Network = SmallTask.Network with { Classes = 2 };
        Assert.Contains("is read", Assert.Throws<Exception>(() => mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(data)).ToString());

        options.Pretrained = folder["other.safetensors"];
        var error = Assert.ThrowsExactly<OptionConflictException>(() => mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(data));
        Assert.Contains("no layer of", error.Message);
    }

    [TestMethod]
    public void A_model_is_opened_in_the_folder_of_temporary_files_of_the_context()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["file"], "");
        var mlContext = new MLContext(1) { TempFilePath = folder["file", "in", "a", "file"] };
        // The model is read before an image is.
        var rows = mlContext.Data.LoadFromEnumerable([new UnreadableRow { Label = "a" }, new UnreadableRow { Label = "b" }]);
        var data = mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(rows).Transform(rows);
        var options = SmallTask.Options;
        (options.Network, options.ImageStorage, options.Pretrained) = (SmallTask.Network with { Classes = 2 }, ImageStorage.Memory, SavedModels.Write(folder["model.zip"]));
        var error = Assert.Throws<IOException>(() => mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(data));
        Assert.Contains(folder["file"], error.Message);
    }

    private sealed class UnreadableRow
    {
        private MLImage? _image;

        public string Label { get; set; } = "";

        [Microsoft.ML.Transforms.Image.ImageType(1, 1)]
        public MLImage? Image
        {
            get => _image ?? throw new InvalidDataException("It is read.");
            set => _image = value;
        }
    }
}
