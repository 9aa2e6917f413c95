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
        Assert.IsEmpty(network.Unused);
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
        Write(folder["model.safetensors"], NetworkLayout.Of(expected), TimmName);
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

        static string TimmName(string name) => name
            .Replace("stem.block1.layer1.norm", "bn1", StringComparison.Ordinal).Replace("stem.block1.layer1", "conv_stem", StringComparison.Ordinal)
            .Replace("head.classifier", "classifier", StringComparison.Ordinal)
            .Replace("layer1.norm", "bn1", StringComparison.Ordinal).Replace("layer2.norm", "bn2", StringComparison.Ordinal)
            .Replace("layer1", "conv_dw", StringComparison.Ordinal).Replace("layer2", "conv_pw", StringComparison.Ordinal);
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
