using Rf3d.MLNet.Tests.Project;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Pretrained;

/// <summary>Files of torchvision and timm. The .pth files are PyTorch's own, written by Fixtures/make.py.</summary>
[TestClass]
public class NamedWeightsTests
{
    private static string Fixture(string name) => RepositoryRoot.Combine("Rf3d.MLNet.Tests", "Pretrained", "Fixtures", name);

    [TestMethod]
    [DataRow("resnet.pth")]
    [DataRow("resnet-legacy.pth")]
    [DataRow("checkpoint.pth")]
    [DataRow("checkpoint-legacy.pth")]
    public void A_pth_of_PyTorch_is_read_with_its_network(string file)
    {
        var network = PretrainedReader.Open(Fixture(file));
        Assert.AreEqual(ConvNetFactory.Create(Architecture.ResNet18, 224, 224, 5, 0.125).WithStageDepths(1, 1, 1, 1) with { Name = file }, network.Network);
        Assert.AreEqual(Architecture.ResNet18, network.Architecture);
        Assert.IsTrue(network.Input.IsAssumed);
        Assert.AreEqual(123.675, network.Input.Statistics.Mean[0], 1e-3);

        var weights = network.Weights;
        // Filters and channels share one kernel, which is in the file once.
        CollectionAssert.AreEqual(new[] { 0, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.7f, 0.8f, 0 }, weights["stage2.block1.layer2.weight"].Values[..10]);
        CollectionAssert.AreEqual(new long[] { 16, 8, 1, 1 }, weights["stage2.block1.projection.weight"].Shape);
        Assert.AreEqual(16, weights["stage2.block1.projection.norm.scale"].Values[^1]);
        // A transposed matrix: row 1 is 1, 6, 11 and so on.
        CollectionAssert.AreEqual(new[] { 1f, 6, 11 }, weights["head.classifier.weight"].Values[64..67]);
    }

    [TestMethod]
    public void A_safetensors_file_of_timm_is_read_with_its_config()
    {
        using var folder = new TempFolder();
        var expected = ConvNetFactory.Create(Architecture.MobileNet, 224, 224, 3, 0.25);
        Write(folder["model.safetensors"], NetworkLayout.Of(expected), TimmMobileNet);
        File.WriteAllText(folder["config.json"], """{"architecture":"mobilenetv1_100","pretrained_cfg":{"input_size":[3,224,224],"mean":[0.5,0.5,0.5],"std":[0.5,0.5,0.5],"crop_pct":0.95,"license":"apache-2.0"}}""");
        var network = PretrainedReader.Open(folder["model.safetensors"]);
        Assert.AreEqual(Architecture.MobileNet, network.Architecture);
        Assert.AreEqual("apache-2.0", network.License);
        CollectionAssert.AreEqual(new[] { 127.5f, 127.5f, 127.5f }, network.Input.Statistics.Mean);
        Assert.AreEqual(0.95, network.Input.CropShare);
        Assert.IsFalse(network.Input.IsAssumed);
        Assert.AreEqual(236, network.Input.ShortSide(224));
        // Of timm's MobileNet the activation ends at 6.
        Assert.IsTrue(NetworkLayout.Of(network.Network).Layers.All(node => node.Layer is ConvLayer { Activation: Activation.Relu6 }));
        Assert.AreEqual(expected.GetCost().Parameters, network.Network.GetCost().Parameters);
    }

    [TestMethod]
    public void A_VGG_with_batch_normalisation_and_three_linear_layers_is_read()
    {
        using var folder = new TempFolder();
        var plain = ConvNetFactory.Create(Architecture.Vgg11, 224, 224, 4, 0.125);
        var normalised = plain with
        {
            Stages = [.. plain.Stages.Select(stage => stage with { Blocks = [.. stage.Blocks.Select(block => block with { Layers = [((Convolution)block.Layers[0]) with { BatchNorm = true }] })] })],
        };
        Write(folder["own.safetensors"], NetworkLayout.Of(normalised), name => name);
        var network = PretrainedReader.Open(folder["own.safetensors"]);
        Assert.AreEqual((normalised with { Name = "own.safetensors" }).ToJson(), network.Network.ToJson());
        Assert.AreEqual(Architecture.Vgg11, network.Architecture);
        Assert.IsEmpty(network.Unnormalised());
    }

    [TestMethod]
    public void A_VGG_of_timm_is_read_with_its_linear_layers_which_are_convolutions_there()
    {
        using var folder = new TempFolder();
        var expected = ConvNetFactory.Create(Architecture.Vgg11, 224, 224, 4, 0.125);
        var layout = NetworkLayout.Of(expected);
        var weights = RandomWeights.Of(layout);
        int[] numbers = [0, 3, 6, 8, 11, 13, 16, 18];
        Dictionary<string, string> layers = new() { ["head.hidden1"] = "pre_logits.fc1", ["head.hidden2"] = "pre_logits.fc2", ["head.classifier"] = "head.fc" };
        foreach (var (node, number) in layout.Layers.Zip(numbers))
            layers[node.Name] = $"features.{number}";
        Dictionary<string, SafeTensorEntry> tensors = [];
        foreach (var name in weights.Names)
        {
            var dot = name.LastIndexOf('.');
            long[] shape = name switch
            {
                "head.hidden1.weight" => [512, 64, 7, 7],
                "head.hidden2.weight" => [512, 512, 1, 1],
                _ => weights[name].Shape,
            };
            tensors[layers[name[..dot]] + name[dot..]] = new("F32", shape, System.Runtime.InteropServices.MemoryMarshal.AsBytes(weights[name].Values.AsSpan()).ToArray());
        }
        using (var file = File.Create(folder["vgg.safetensors"]))
            new SafeTensors(new Dictionary<string, string>(), tensors).Write(file);

        var read = PretrainedReader.Open(folder["vgg.safetensors"]);
        Assert.AreEqual((expected with { Name = "vgg.safetensors" }).ToJson(), read.Network.ToJson());
        CollectionAssert.AreEquivalent(weights.Names.ToList(), read.Weights.Names.ToList());
        foreach (var name in weights.Names)
            CollectionAssert.AreEqual(weights[name].Values, read.Weights[name].Values, name);
    }

    [TestMethod]
    public void Shapes_are_compared_before_a_value_is_read()
    {
        using var folder = new TempFolder();
        Dictionary<string, SafeTensorEntry> tensors = new()
        {
            ["conv1.weight"] = Unread(64, 3, 7, 7), ["layer1.0.conv1.weight"] = Unread(500_000_000), ["layer2.0.conv1.weight"] = Unread(500_000_000),
            ["layer3.0.conv1.weight"] = Unread(500_000_000), ["layer4.0.conv1.weight"] = Unread(500_000_000),
        };
        var error = Assert.ThrowsExactly<FormatException>(() => NamedWeights.Read(tensors, folder["weights.pth"], null, "weights.pth", ""));
        Assert.Contains("it is of another architecture", error.Message);

        static SafeTensorEntry Unread(params long[] shape) => new("F32", shape, _ => throw new InvalidOperationException("It is read."));
    }

    [TestMethod]
    [DataRow(Architecture.MobileNet)]
    [DataRow(Architecture.ResNet18D)]
    public void A_config_says_for_which_size_weights_with_our_names_are(Architecture architecture)
    {
        using var folder = new TempFolder();
        foreach (var size in new[] { 32, 224 })
        {
            var expected = ConvNetFactory.Create(architecture, size, size, 3, 0.25);
            Write(folder["own.safetensors"], NetworkLayout.Of(expected), name => name);
            File.WriteAllText(folder["config.json"], $$$"""{"pretrained_cfg":{"input_size":[3,{{{size}}},{{{size}}}],"mean":[0.5,0.5,0.5],"std":[0.5,0.5,0.5]}}""");
            Assert.AreEqual(expected with { Name = "own.safetensors" }, PretrainedReader.Open(folder["own.safetensors"]).Network);
        }
    }

    [TestMethod]
    [DataRow(Architecture.ResNet18)]
    [DataRow(Architecture.ResNet18D)]
    public void The_result_of_train_py_is_read_with_its_normalisation_and_the_size_of_its_images(Architecture architecture)
    {
        using var folder = new TempFolder();
        foreach (var size in new[] { 32, 224 })
        {
            var expected = ConvNetFactory.Create(architecture, size, size, 3, 0.25);
            var layout = NetworkLayout.Of(expected);
            Write(folder["own.safetensors"], layout, name => name);
            using (var source = File.OpenRead(folder["own.safetensors"]))
            {
                var tensors = SafeTensors.Read(source).Tensors.ToDictionary(tensor => tensor.Key, tensor => tensor.Value);
                tensors["check.images"] = new("U8", [2, 3, size, size], new byte[6 * size * size]);
                tensors["check.logits"] = Floats([2, 3], new float[6]);
                tensors["statistics.mean"] = Floats([3], [100, 110, 120]);
                tensors["statistics.deviation"] = Floats([3], [60, 70, 80]);
                tensors["validation.logits"] = Floats([1, 3], new float[3]);
                tensors["validation.labels"] = new("I64", [1], new byte[sizeof(long)]);
                using var file = File.Create(folder["trained.safetensors"]);
                new SafeTensors(new Dictionary<string, string> { ["kind"] = "rf3d.torchrun.trained" }, tensors).Write(file);
            }
            var read = PretrainedReader.Open(folder["trained.safetensors"]);
            Assert.AreEqual(expected with { Name = "trained.safetensors" }, read.Network);
            Assert.IsFalse(read.Input.IsAssumed);
            CollectionAssert.AreEqual(new float[] { 100, 110, 120 }, read.Input.Statistics.Mean);
            CollectionAssert.AreEqual(new float[] { 60, 70, 80 }, read.Input.Statistics.StandardDeviation);

            // With Architecture set.
            var start = WarmStartSource.Read(folder["trained.safetensors"]);
            Assert.IsEmpty(start.UnknownLayers);
            Assert.IsEmpty(WeightMatch.Of(layout, WeightShapes.Zeros(layout)!, start.Weights).Unmatched);
        }

        static SafeTensorEntry Floats(long[] shape, float[] values) => new("F32", shape, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
    }

    /// <summary>timm's names of a MobileNet's layers, for <see cref="Write"/>.</summary>
    internal static string TimmMobileNet(string name) => name
        .Replace("stem.block1.layer1.norm", "bn1", StringComparison.Ordinal).Replace("stem.block1.layer1", "conv_stem", StringComparison.Ordinal)
        .Replace("head.classifier", "classifier", StringComparison.Ordinal)
        .Replace("layer1.norm", "bn1", StringComparison.Ordinal).Replace("layer2.norm", "bn2", StringComparison.Ordinal)
        .Replace("layer1", "conv_dw", StringComparison.Ordinal).Replace("layer2", "conv_pw", StringComparison.Ordinal);

    /// <summary>Weights with the tensors' names as <paramref name="rename"/> changes ours.</summary>
    internal static void Write(string path, NetworkLayout layout, Func<string, string> rename, string type = "F32", Func<string, bool>? keep = null)
    {
        var table = RandomWeights.Of(layout);
        Dictionary<string, SafeTensorEntry> tensors = [];
        foreach (var name in table.Names.Where(name => keep is null || keep(name)))
        {
            var (layer, part) = (rename(name), name[name.LastIndexOf('.')..]);
            if (layer != name)
            {
                layer = layer.StartsWith("stage", StringComparison.Ordinal)
                    ? $"blocks.{int.Parse(layer.Split('.')[0][5..], System.Globalization.CultureInfo.InvariantCulture) - 1}.{int.Parse(layer.Split('.')[1][5..], System.Globalization.CultureInfo.InvariantCulture) - 1}.{string.Join('.', layer.Split('.')[2..])}"
                    : layer;
                layer = layer[..layer.LastIndexOf('.')] + part switch { ".scale" => ".weight", ".shift" => ".bias", ".mean" => ".running_mean", ".variance" => ".running_var", _ => part };
            }
            var size = SafeTensorEntry.SizeOf(type)!.Value;
            var bytes = new byte[table[name].Values.Length * size];
            if (type == "F32")
                Buffer.BlockCopy(table[name].Values, 0, bytes, 0, bytes.Length);
            tensors[layer] = new(type, table[name].Shape, bytes);
        }
        using var file = File.Create(path);
        new SafeTensors(new Dictionary<string, string>(), tensors).Write(file);
    }
}
