using Rf3d.MLNet.Tests.Project;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Pretrained;

/// <summary>Each file that cannot be used is an error with the reason, the expectation and the remedy.</summary>
[TestClass]
public sealed class WrongWeightsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Fixture(string name) => RepositoryRoot.Combine("Rf3d.MLNet.Tests", "Pretrained", "Fixtures", name);

    private static void AssertRefused(string path, params string[] texts)
    {
        var error = Assert.ThrowsExactly<FormatException>(() => PretrainedReader.Open(path));
        foreach (var text in texts.Append(path).Append("Expected is a network with 32-bit floating-point weights"))
            Assert.Contains(text, error.Message);
    }

    private string Small(string type = "F32", Func<string, bool>? keep = null, Func<string, string>? rename = null, ConvNet? network = null)
    {
        var path = _folder["weights.safetensors"];
        NamedWeightsTests.Write(path, NetworkLayout.Of(network ?? ConvNetFactory.Create(Architecture.ResNet18, 64, 64, 3, 0.125)), rename ?? (name => name), type, keep);
        return path;
    }

    [TestMethod]
    public void A_pickled_module_is_no_state_dict() =>
        AssertRefused(Fixture("module.pth"), "it is a pickled module (torch.nn.modules.container.Sequential)", "torch.save(model.state_dict(), 'weights.pth')");

    [TestMethod]
    public void A_TorchScript_program_is_no_state_dict() => AssertRefused(Fixture("script.pt"), "it is a TorchScript program", "torch.jit.load");

    [TestMethod]
    public void A_quantized_pth() => AssertRefused(Fixture("quantized.pth"), "the tensor 'conv1.weight' is quantized; weights of type F32 are expected");

    [TestMethod]
    [DataRow("F16", "'stem.block1.layer1.weight' is of half precision (F16); F32 is expected")]
    [DataRow("BF16", "model.float().state_dict()")]
    [DataRow("I8", "is of the type I8, as quantized weights are; F32 is expected")]
    public void Other_numbers_than_floats(string type, string text) => AssertRefused(Small(type), text);

    [TestMethod]
    [DataRow("resnet.pth")]
    [DataRow("resnet-legacy.pth")]
    public void A_pth_that_was_cut_short(string name)
    {
        File.WriteAllBytes(_folder["cut.pth"], File.ReadAllBytes(Fixture(name))[..10_000]);
        AssertRefused(_folder["cut.pth"], "it is damaged or was cut short");
    }

    [TestMethod]
    public void A_safetensors_file_that_was_cut_short()
    {
        var path = Small();
        File.WriteAllBytes(_folder["cut.safetensors"], File.ReadAllBytes(path)[..^100]);
        AssertRefused(_folder["cut.safetensors"], "its tensors take");
    }

    [TestMethod]
    public void An_onnx_file_that_was_cut_short()
    {
        File.WriteAllBytes(_folder["cut.onnx"], File.ReadAllBytes(PretrainedWeights.Find("resnet18.mlnet_in1k")!)[..100_000]);
        AssertRefused(_folder["cut.onnx"], "broken, or no ONNX at all");
    }

    [TestMethod]
    public void An_empty_file_and_one_of_another_kind()
    {
        File.WriteAllText(_folder["empty"], "");
        AssertRefused(_folder["empty"], "it has 0 bytes");
        File.WriteAllText(_folder["text"], "conv1.weight: 1 2 3");
        AssertRefused(_folder["text"], "no ONNX at all");
    }

    [TestMethod]
    public void Another_architecture()
    {
        AssertRefused(Small(rename: name => "features.1.conv." + name), "its tensors have names of none of the networks that are known here (MobileNet, Vgg11,");
        AssertRefused(Small(keep: name => !name.Contains("stage2.block1.layer2", StringComparison.Ordinal)), "The nearest is ResNet18 with [2, 2, 2, 2] units, from which", "stage2.block1.layer2.weight is missing");
    }

    [TestMethod]
    public void Variants_of_ResNet_that_the_catalogue_has_not()
    {
        AssertRefused(ResNetD(tensors => tensors["conv1.0.weight"] = new("F32", [6, 3, 3, 3], new byte[6 * 27 * sizeof(float)])), "its first two kernels have 6 and 8 filters, as in timm's resnet50t (a tiered stem)");
        AssertRefused(ResNetD(tensors => tensors["layer1.0.se.conv.weight"] = new("F32", [1, 1, 3], new byte[3 * sizeof(float)])), "1 tensor(s) that a ResNet has no place for (the first is 'layer1.0.se.conv.weight'): an attention, as in timm's seresnet50 and ecaresnet50d");
        AssertRefused(
            ResNetD(tensors =>
            {
                foreach (var name in tensors.Keys.Where(name => name.Contains("downsample", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList())
                {
                    tensors.Remove(name, out var tensor);
                    tensors[name.Replace("downsample.1", "downsample.0", StringComparison.Ordinal).Replace("downsample.2", "downsample.1", StringComparison.Ordinal)] = tensor!;
                }
            }),
            "it is a ResNet-C");
        AssertRefused(
            ResNetD(tensors =>
            {
                tensors.Remove("conv1.0.weight", out var first);
                tensors["conv1.weight"] = first!;
            }),
            "one kernel at the start and pooling on its shortcuts");
        File.WriteAllText(_folder["config.json"], """{"architecture":"resnetaa50d","pretrained_cfg":{"input_size":[3,224,224],"mean":[0.5,0.5,0.5],"std":[0.5,0.5,0.5]}}""");
        AssertRefused(ResNetD(_ => { }), "it is timm's resnetaa50d, which averages pixels after its strides");
    }

    [TestMethod]
    [DataRow("layer1.\u0663.conv1.weight")]
    [DataRow("stage1.block1\u0663.layer1.weight")]
    public void A_name_with_digits_of_another_script(string name) => AssertRefused(
        ResNetD(tensors =>
        {
            tensors.Clear();
            tensors[name] = new("F32", [1], new byte[sizeof(float)]);
        }),
        "its tensors have names of none of the networks that are known here");

    /// <summary>The ResNet-D of the fixtures with other tensors.</summary>
    private string ResNetD(Action<Dictionary<string, SafeTensorEntry>> change)
    {
        using var source = File.OpenRead(Fixture("resnet18d.pth"));
        var tensors = TorchStateDict.Read(source).ToDictionary(tensor => tensor.Key, tensor => tensor.Value);
        change(tensors);
        using var file = File.Create(_folder["weights.safetensors"]);
        new SafeTensors(new Dictionary<string, string>(), tensors).Write(file);
        return _folder["weights.safetensors"];
    }

    [TestMethod]
    public void Tensors_that_the_network_has_no_place_for()
    {
        var mobileNet = Small(rename: NamedWeightsTests.TimmMobileNet, network: ConvNetFactory.Create(Architecture.MobileNet, 224, 224, 3, 0.25));
        // timm's mobilenetv1_100h.
        AssertRefused(
            Changed(mobileNet, tensors =>
            {
                tensors["conv_head.weight"] = new("F32", [8, 256, 1, 1], new byte[8 * 256 * sizeof(float)]);
                foreach (var part in new[] { "weight", "bias", "running_mean", "running_var" })
                    tensors["bn2." + part] = new("F32", [8], new byte[8 * sizeof(float)]);
                tensors["bn2.num_batches_tracked"] = new("I64", [], new byte[sizeof(long)]);
            }),
            "it has 5 tensor(s) that MobileNet has no place for, so that its network is another one (the first is 'bn2.bias')", "save the weights without them");
        AssertRefused(Changed(Small(), tensors => tensors["check.images"] = new("U8", [1], new byte[1])), "(the first is 'check.images')", "save the weights without them");
        AssertRefused(
            ResNetD(tensors => tensors["module.conv1.0.weight"] = tensors["conv1.0.weight"]), "'module.conv1.0.weight' and another of its tensors are both the tensor stem.block1.layer1.weight");
    }

    [TestMethod]
    [DataRow(Architecture.MobileNet)]
    [DataRow(Architecture.ResNet18D)]
    public void Weights_with_our_names_of_a_network_whose_forms_differ_in_strides_alone(Architecture architecture)
    {
        foreach (var size in new[] { 32, 224 })
        {
            AssertRefused(
                Small(network: ConvNetFactory.Create(architecture, size, size, 3, 0.25)),
                $"its tensors are those of {architecture} in two forms, whose strides differ", "Put a config.json beside it whose pretrained_cfg has input_size, mean and std", $"set Architecture to {architecture} and WidthMultiplier to 0.25");
            var own = NetworkLayout.Of(ConvNetFactory.Create(architecture, size, size, 3, 0.25));
            var choice = PretrainedChoice.Of(
                new Rf3dImageClassificationTrainer.Options { Pretrained = _folder["weights.safetensors"], Architecture = architecture, WidthMultiplier = 0.25 }, new(size, size), 100);
            Assert.IsEmpty(WeightMatch.Of(own, WeightShapes.Zeros(own)!, WarmStartSource.Read(choice.File!).Weights).Unmatched);
        }
    }

    [TestMethod]
    public void Weights_of_another_network_than_the_name_says()
    {
        foreach (var (path, name, found) in new[] { (Small(), "resnet34.a1_in1k", "ResNet18 with [2, 2, 2, 2] units; 'resnet34.a1_in1k' is ResNet34 with [3, 4, 6, 3]"), (Fixture("resnet.pth"), "resnet18.tv_in1k", "ResNet18 with [1, 1, 1, 1] units") })
        {
            var error = Assert.ThrowsExactly<InvalidDataException>(() => PretrainedReader.Read(path, PretrainedManifest.Find(name)));
            Assert.StartsWith($"'{path}' has the network {found}", error.Message);
            Assert.Contains("give its path to use it as it is", error.Message);
        }
    }

    [TestMethod]
    public void A_second_file_that_is_missing_or_another_one()
    {
        var network = _folder.New("net", "net.onnx");
        File.Copy(Fixture("resnet-d.onnx"), network);
        var entry = PretrainedManifest.Find("resnet18.mlnet_in1k")! with { Files = [new("net/net.onnx", Sha256: Hash(network)), new("prep/mean.onnx", Sha256: new string('0', 64))], Preprocessing = "prep/mean.onnx" };
        var missing = Assert.ThrowsExactly<FileNotFoundException>(() => PretrainedReader.Read(network, entry));
        Assert.Contains("which also needs 'mean.onnx'. It is not in the same folder. Put it there", missing.Message);

        File.WriteAllText(_folder.New("prep", "mean.onnx"), "something else");
        var error = Assert.ThrowsExactly<InvalidDataException>(() => PretrainedReader.Read(network, entry));
        Assert.Contains("mean.onnx' has the SHA-256", error.Message);
        Assert.Contains(new string('0', 64), error.Message);

        static string Hash(string path) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)));
    }

    /// <summary>A copy of a safetensors file with other tensors.</summary>
    private string Changed(string path, Action<Dictionary<string, SafeTensorEntry>> change)
    {
        using var source = File.OpenRead(path);
        var tensors = SafeTensors.Read(source).Tensors.ToDictionary(tensor => tensor.Key, tensor => tensor.Value);
        change(tensors);
        using var file = File.Create(_folder["changed.safetensors"]);
        new SafeTensors(new Dictionary<string, string>(), tensors).Write(file);
        return _folder["changed.safetensors"];
    }

    [TestMethod]
    public void A_stem_for_gray_images() => AssertRefused(
        Small(network: ConvNetFactory.Create(Architecture.ResNet18, 64, 64, 3, 0.125) with { Input = new TensorShape(1, 64, 64) }),
        "its first kernel takes images of 1 channel(s); 3 are expected: red, green and blue");

    [TestMethod]
    public void Another_hash_than_the_manifest_has()
    {
        File.WriteAllText(_folder.New("resnet18.mlnet_in1k", "ResNet18.onnx"), "something else");
        var error = Assert.ThrowsExactly<InvalidDataException>(() => PretrainedReader.Read(_folder["resnet18.mlnet_in1k", "ResNet18.onnx"], PretrainedManifest.Find("resnet18.mlnet_in1k")));
        Assert.Contains("has the SHA-256", error.Message);
        Assert.Contains("e2552f19db2dfdb01b3669537b6a0f1b44da38d18279535492ed5dfc2ef1ff8f", error.Message);
        Assert.Contains("delete it and fetch it again", error.Message);
    }

    [TestMethod]
    public void An_unknown_name()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => PretrainedReader.Open("resnet19"));
        Assert.Contains("There is no file 'resnet19', and no pretrained network has this name. Known names: resnet18.mlnet_in1k, resnet18.tv_in1k", error.Message);
        Assert.Contains("No pretrained network has the name 'resnet19'", Assert.ThrowsExactly<ArgumentException>(() => PretrainedWeights.Find("resnet19")).Message);
    }

    [TestMethod]
    public void A_known_name_whose_file_is_not_on_this_machine()
    {
        var error = PretrainedManifest.Missing(PretrainedManifest.Find("resnet18.mlnet_in1k")!, null);
        foreach (var text in new[] { "not on this machine", "PretrainedWeights.InstallAsync(\"resnet18.mlnet_in1k\")", "dotnet add package Microsoft.ML.DnnImageFeaturizer.ResNet18", "SHA-256 e2552f19", Path.Combine("rf3d", "weights", "resnet18.mlnet_in1k", "ResNet18.onnx"), "RF3D_WEIGHTS" })
            Assert.Contains(text, error.Message);
        Assert.Contains("its hash is not known here", PretrainedManifest.Missing(PretrainedManifest.Find("resnet18.tv_in1k")!, null).Message);
    }
}
