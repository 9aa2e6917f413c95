using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Rf3d.MLNet.Tests.Project;
using Rf3d.Planning;
using AdaptationKind = Rf3d.MLNet.Adaptation;

namespace Rf3d.MLNet.Tests.Pretrained;

/// <summary>timm's ResNet-D: files and logits that PyTorch wrote (Fixtures/make-resnet-d.py), at even and odd sizes of images.</summary>
[TestClass]
public class ResNetDTests
{
    private static readonly ChannelStatistics Unchanged = new([0, 0, 0], [1, 1, 1]);

    public static IEnumerable<object[]> Sizes =>
        from name in new[] { "resnet18d", "resnet26d" }
        from size in new[] { "96x96", "97x75", "33x50" }
        select new object[] { name, size };

    [TestMethod]
    [DataRow("resnet18d", Architecture.ResNet18D)]
    [DataRow("resnet26d", Architecture.ResNet26D)]
    public void A_file_of_timm_is_recognised_with_and_without_a_prefix(string name, Architecture architecture)
    {
        using var folder = new TempFolder();
        foreach (var prefix in new[] { "", "module." })
        {
            WriteSafeTensors(folder["model.safetensors"], name, tensor => prefix + tensor);
            foreach (var path in new[] { Fixture($"{name}.pth"), folder["model.safetensors"] })
            {
                var read = PretrainedReader.Read(path);
                Assert.AreEqual(architecture, read.Architecture);
                Assert.AreEqual(ConvNetFactory.Create(architecture, 224, 224, 5, 0.25) with { Name = Path.GetFileName(path) }, read.Network);
                Assert.IsEmpty(read.Unnormalised());
                Assert.IsTrue(read.Input.IsAssumed);
                Assert.AreEqual(256, read.Input.ShortSide(224));
            }
        }
    }

    [TestMethod]
    public void The_config_beside_the_file_has_the_image_preparation()
    {
        using var folder = new TempFolder();
        WriteSafeTensors(folder["model.safetensors"], "resnet18d", tensor => tensor);
        File.WriteAllText(folder["config.json"], """{"architecture":"resnet18d","pretrained_cfg":{"input_size":[3,224,224],"mean":[0.485,0.456,0.406],"std":[0.229,0.224,0.225],"crop_pct":0.95,"first_conv":"conv1.0"}}""");
        var read = PretrainedReader.Read(folder["model.safetensors"]);
        Assert.IsFalse(read.Input.IsAssumed);
        Assert.AreEqual(0.95, read.Input.CropShare);
    }

    [TestMethod]
    [DynamicData(nameof(Sizes))]
    public void Logits_are_those_of_PyTorch_in_TorchSharp_and_in_ONNX_and_after_reading_the_ONNX_file(string name, string size)
    {
        var (network, weights) = Read(name, size);
        var (images, expected) = (Images(network.Input), Logits(name, size));
        Assert.IsLessThan(1e-4, RandomWeights.Difference(expected, RandomWeights.Outputs(network, weights, images)));

        var content = OnnxWriter.Classifier(NetworkLayout.Of(network), weights, Unchanged, []);
        Assert.IsLessThan(1e-4, RandomWeights.Difference(expected, Run(content, network.Input, images)));
        var read = OnnxNetwork.ReadWithWeights(new MemoryStream(content), "The file");
        Assert.AreEqual(ResidualDownsampling.AveragePooling, read.Network.Stages[1].Blocks[0].Downsampling);
        Assert.IsLessThan(1e-4, RandomWeights.Difference(expected, Outputs(read, images)));

        // Shortcuts that leave pixels out compute something else: the fixture can tell.
        var plain = network with { Stages = [.. network.Stages.Select(stage => stage with { Blocks = [.. stage.Blocks.Select(block => block with { Downsampling = default })] })] };
        Assert.IsGreaterThan(1e-2, RandomWeights.Difference(expected, RandomWeights.Outputs(plain, weights, images)));
    }

    [TestMethod]
    public void An_onnx_file_of_PyTorch_computes_the_same_and_has_its_stem()
    {
        var read = OnnxNetwork.ReadWithWeights(File.OpenRead(Fixture("resnet-d.onnx")), "The file");
        CollectionAssert.AreEqual(new[] { 4, 4, 8 }, read.Network.Stem!.Blocks.Select(block => ((Convolution)block.Layers.Single()).Filters).ToArray());
        Assert.AreEqual(new MaxPool(3, 2, 1), read.Network.Stem.Pool);
        CollectionAssert.AreEqual(new[] { 1, 2 }, read.Network.GetStageDepths().ToArray());
        CollectionAssert.AreEqual(
            new[] { ResidualDownsampling.AveragePooling, ResidualDownsampling.StridedConvolution }, read.Network.Stages[1].Blocks.Select(block => block.Downsampling).ToArray());
        Assert.IsLessThan(1e-4, RandomWeights.Difference(Logits("resnet-d.onnx", "37x29"), Outputs(read, Images(read.Network.Input))));
    }

    [TestMethod]
    [DataRow("resnet18d")]
    [DataRow("resnet26d")]
    public void A_deeper_plan_computes_the_same_logits(string name)
    {
        var (network, weights) = Read(name, "97x75");
        var deeper = network.WithStageDepths(3, 4, 2, 3);
        var layout = NetworkLayout.Of(deeper);
        var planned = PlannedWeights.Of(NetworkLayout.Of(network), weights, layout, RandomWeights.Drawn(layout));
        Assert.DoesNotContain(layer => layer.Origin is LayerOrigin.New or LayerOrigin.Dropped, planned.Trace);
        Assert.Contains(layer => layer.Origin == LayerOrigin.Identity, planned.Trace);
        Assert.IsLessThan(1e-5, RandomWeights.Difference(Logits(name, "97x75"), RandomWeights.Outputs(deeper, planned.Weights, Images(network.Input))));

        // A stage that was shortened to its first unit and gets units again has those of stride 1, without pooling.
        var again = network.WithStageDepths(1, 1, 1, 1).WithStageDepths(2, 2, 2, 2);
        Assert.AreEqual(network, again);
    }

    [TestMethod]
    public void A_training_that_starts_from_it_saves_a_model_that_computes_its_features()
    {
        using var folder = new TempFolder();
        var mlContext = new MLContext(1);
        var images = mlContext.Data.LoadDrawnShapes(40, seed: 1, size: 40);
        var options = new Rf3dImageClassificationTrainer.Options
        {
            Pretrained = Fixture("resnet18d.pth"), Adaptation = AdaptationKind.Probe, ImageHeight = 36, ImageWidth = 36, CropFraction = 1, Device = "cpu", TestTimeFlip = false,
        };
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(images);
        Assert.AreEqual(ResidualDownsampling.AveragePooling, model.Plan.Optimized.Stages[1].Blocks[0].Downsampling);
        mlContext.Model.Save(model, images.Schema, folder["model.zip"]);
        var expected = model.Transform(images).GetColumn<float[]>("Score").ToArray();
        var actual = new MLContext().Model.Load(folder["model.zip"], out _).Transform(images).GetColumn<float[]>("Score").ToArray();
        for (var i = 0; i < expected.Length; i++)
            CollectionAssert.AreEqual(expected[i], actual[i]);
        using (var saved = Rf3dSavedModel.Load(new MLContext(), folder["model.zip"]))
            Assert.AreEqual(model.Plan.Optimized, saved.Plan.Optimized);

        model.SaveAsOnnx(folder["model.onnx"]);
        var exported = PretrainedReader.Open(folder["model.onnx"]);
        var (network, weights) = Read("resnet18d", "36x36");
        var pixels = Images(network.Input);
        Assert.IsLessThan(
            1e-4, RandomWeights.Difference(RandomWeights.Outputs(network with { Head = null }, weights, pixels), RandomWeights.Outputs(exported.Network with { Head = null }, Whole(exported.Network, exported.Weights), pixels)));
    }

    private static string Fixture(string name) => RepositoryRoot.Combine("Rf3d.MLNet.Tests", "Pretrained", "Fixtures", name);

    private static (ConvNet Network, WeightTable Weights) Read(string name, string size)
    {
        var read = PretrainedReader.Read(Fixture($"{name}.pth"));
        var sides = size.Split('x').Select(side => int.Parse(side, CultureInfo.InvariantCulture)).ToArray();
        return (read.For(sides[0], sides[1], 5), read.Weights);
    }

    private static float[] Images(TensorShape shape) => [.. Enumerable.Range(0, (int)shape.Volume).Select(i => (float)Math.Sin(0.37 * i))];

    private static float[] Logits(string name, string size)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Fixture("resnet-d.json")));
        return [.. json.RootElement.GetProperty(name).GetProperty(size).EnumerateArray().Select(logit => logit.GetSingle())];
    }

    private static float[] Run(byte[] content, TensorShape input, float[] images)
    {
        using var session = new InferenceSession(content);
        using var results = session.Run([NamedOnnxValue.CreateFromTensor(OnnxWriter.ImageInput, new DenseTensor<float>(images, [1, 3, input.Height, input.Width]))]);
        return [.. results.First(result => result.Name == OnnxWriter.LogitsOutput).AsEnumerable<float>()];
    }

    private static float[] Outputs(OnnxTrainedNetwork read, float[] images) => RandomWeights.Outputs(read.Network, Whole(read.Network, read.Weights), images);

    /// <summary>With normalisations that change nothing, where the file has them folded and the network has one: in projections.</summary>
    private static WeightTable Whole(ConvNet network, WeightTable weights)
    {
        var layout = NetworkLayout.Of(network);
        var match = WeightMatch.Of(layout, RandomWeights.Of(layout), weights);
        Assert.IsEmpty(match.Unmatched);
        return match.Weights;
    }

    private static void WriteSafeTensors(string path, string name, Func<string, string> rename)
    {
        using var source = File.OpenRead(Fixture($"{name}.pth"));
        using var file = File.Create(path);
        new SafeTensors(new Dictionary<string, string>(), TorchStateDict.Read(source).ToDictionary(tensor => rename(tensor.Key), tensor => tensor.Value)).Write(file);
    }
}
