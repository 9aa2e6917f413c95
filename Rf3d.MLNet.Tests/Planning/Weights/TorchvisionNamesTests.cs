using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Planning.Weights;

[TestClass]
public class TorchvisionNamesTests
{
    [TestMethod]
    [DataRow(Architecture.ResNet18, new[] { 2, 2, 2, 2 }, 2)]
    [DataRow(Architecture.ResNet50, new[] { 3, 4, 6, 3 }, 3)]
    [DataRow(Architecture.ResNet152, new[] { 3, 8, 36, 3 }, 3)]
    public void Every_layer_of_a_ResNet_has_its_name(Architecture architecture, int[] depths, int kernels)
    {
        List<string> layers = ["conv1", "bn1"];
        for (var stage = 1; stage <= 4; stage++)
        {
            for (var block = 0; block < depths[stage - 1]; block++)
            {
                for (var kernel = 1; kernel <= kernels; kernel++)
                    layers.AddRange([$"layer{stage}.{block}.conv{kernel}", $"layer{stage}.{block}.bn{kernel}"]);
                if (block == 0 && (stage > 1 || kernels == 3))
                    layers.AddRange([$"layer{stage}.{block}.downsample.0", $"layer{stage}.{block}.downsample.1"]);
            }
        }
        AssertCovers(ConvNetFactory.Create(architecture, 224, 224, 1000), [.. layers.SelectMany(Convolution), "fc.weight", "fc.bias"]);
        AssertCovers(ConvNetFactory.Create(architecture, 224, 224, 1000), [.. layers.SelectMany(Convolution).Select(name => "module." + name), "module.fc.weight", "module.fc.bias"]);

        static IEnumerable<string> Convolution(string layer) =>
            layer.Contains("bn", StringComparison.Ordinal) || layer.EndsWith("downsample.1", StringComparison.Ordinal) ? Norm(layer) : [$"{layer}.weight"];
    }

    [TestMethod]
    [DataRow(Architecture.ResNet18D, new[] { 2, 2, 2, 2 }, 2)]
    [DataRow(Architecture.ResNet101D, new[] { 3, 4, 23, 3 }, 3)]
    public void Every_layer_of_a_ResNet_D_has_its_name(Architecture architecture, int[] depths, int kernels)
    {
        // As timm numbers them: activations are conv1.2 and conv1.5, the pooling of a shortcut is downsample.0.
        List<string> names = ["conv1.0.weight", .. Norm("conv1.1"), "conv1.3.weight", .. Norm("conv1.4"), "conv1.6.weight", .. Norm("bn1"), .. Biased("fc")];
        for (var stage = 1; stage <= 4; stage++)
        {
            for (var block = 0; block < depths[stage - 1]; block++)
            {
                for (var kernel = 1; kernel <= kernels; kernel++)
                    names.AddRange([$"layer{stage}.{block}.conv{kernel}.weight", .. Norm($"layer{stage}.{block}.bn{kernel}")]);
                if (block == 0 && (stage > 1 || kernels == 3))
                    names.AddRange([$"layer{stage}.{block}.downsample.1.weight", .. Norm($"layer{stage}.{block}.downsample.2")]);
            }
        }
        AssertCovers(ConvNetFactory.Create(architecture, 224, 224, 1000), [.. names]);
        AssertCovers(ConvNetFactory.Create(architecture, 224, 224, 1000), [.. names.Select(name => "module." + name)]);
        Assert.AreEqual("stem.block3.layer1.norm.mean", Map(names)["bn1.running_mean"]);
    }

    [TestMethod]
    public void Every_layer_of_VGG16_has_its_name()
    {
        // The numbers in torchvision's vgg16 and vgg16_bn.
        int[] plain = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28];
        int[] normed = [0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40];
        string[] head = [.. new[] { 0, 3, 6 }.SelectMany(i => Biased($"classifier.{i}"))];
        AssertCovers(ConvNetFactory.Create(Architecture.Vgg16, 224, 224, 1000), [.. plain.SelectMany(i => Biased($"features.{i}")), .. head]);
        string[] withNorms = [.. normed.SelectMany(i => Biased($"features.{i}").Concat(Norm($"features.{i + 1}"))), .. head];
        AssertCovers(ConvNetFactory.Create(Architecture.Vgg16, 32, 32, 100), withNorms);
        Assert.AreEqual("stage3.block2.layer1.norm.mean", Map(withNorms)["features.18.running_mean"]);
        // timm's.
        AssertCovers(ConvNetFactory.Create(Architecture.Vgg16, 224, 224, 1000), [.. plain.SelectMany(i => Biased($"features.{i}")), .. new[] { "pre_logits.fc1", "pre_logits.fc2", "head.fc" }.SelectMany(Biased)]);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Every_layer_of_a_MobileNet_has_its_name(bool timm)
    {
        int[] depths = [1, 2, 2, 6, 2];
        List<string> names = timm ? ["conv_stem.weight", .. Norm("bn1"), .. Biased("classifier")] : ["model.0.0.weight", .. Norm("model.0.1"), .. Biased("fc")];
        var number = 1;
        for (var stage = 0; stage < depths.Length; stage++)
        {
            for (var block = 0; block < depths[stage]; block++, number++)
            {
                names.AddRange(timm
                    ? [$"blocks.{stage}.{block}.conv_dw.weight", .. Norm($"blocks.{stage}.{block}.bn1"), $"blocks.{stage}.{block}.conv_pw.weight", .. Norm($"blocks.{stage}.{block}.bn2")]
                    : [$"model.{number}.0.weight", .. Norm($"model.{number}.1"), $"model.{number}.3.weight", .. Norm($"model.{number}.4")]);
            }
        }
        AssertCovers(ConvNetFactory.Create(Architecture.MobileNet, 224, 224, 1000), [.. names]);
    }

    [TestMethod]
    public void Names_that_mean_nothing_are_left_out() =>
        Assert.IsEmpty(Map(["encoder.layer.0.weight", "layer0.0.conv1.weight", "bn1.num_batches_tracked", "model.14.0.weight", "weight", "fc."]));

    [TestMethod]
    [DataRow("layer1.\u0663.conv1.weight")]
    [DataRow("layer1.\u0663.downsample.0.weight")]
    [DataRow("blocks.0.\u0663.conv_dw.weight")]
    [DataRow("model.1\u0663.0.weight")]
    [DataRow("features.\u0663.weight")]
    public void Digits_of_other_scripts_are_no_numbers(string name) => Assert.IsEmpty(Map([name]));

    private static IEnumerable<string> Norm(string layer) =>
        [$"{layer}.weight", $"{layer}.bias", $"{layer}.running_mean", $"{layer}.running_var", $"{layer}.num_batches_tracked"];

    private static IEnumerable<string> Biased(string layer) => [$"{layer}.weight", $"{layer}.bias"];

    private static IReadOnlyDictionary<string, string> Map(IEnumerable<string> names)
    {
        var all = names.ToHashSet();
        return TorchvisionNames.Map(all.ToDictionary(name => name, name => Axes(name, all)));
    }

    // As in the files: a normalisation has one axis and running figures, a linear layer two, a convolution four.
    private static int Axes(string name, HashSet<string> all)
    {
        var layer = name[..Math.Max(0, name.LastIndexOf('.'))];
        if (!name.EndsWith(".weight", StringComparison.Ordinal) || all.Contains(layer + ".running_mean"))
            return 1;
        return layer is "fc" or "module.fc" || layer.StartsWith("classifier", StringComparison.Ordinal) ? 2 : 4;
    }

    /// <summary>Exactly the tensors that training has, and each once.</summary>
    private static void AssertCovers(ConvNet network, string[] names)
    {
        var layout = NetworkLayout.Of(network);
        List<string> expected = [];
        foreach (var node in layout.Layers)
        {
            var layer = (ConvLayer)node.Layer;
            expected.Add(node.Name + WeightTable.Weight);
            if (layer.Bias)
                expected.Add(node.Name + WeightTable.Bias);
            if (layer.BatchNorm)
                expected.AddRange(new[] { WeightTable.NormScale, WeightTable.NormShift, WeightTable.NormMean, WeightTable.NormVariance }.Select(part => node.Name + part));
        }
        expected.AddRange(layout.Linears.SelectMany(node => new[] { node.Name + WeightTable.Weight, node.Name + WeightTable.Bias }));
        CollectionAssert.AreEquivalent(expected, Map(names).Values.ToList());
    }
}
