using Rf3d.MLNet.Tests.Training;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Torch;

[TestClass]
public class PrecisionTests
{
    [TestMethod]
    public void In_mixed_precision_activations_are_bfloat16_and_logits_and_weights_float32()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var layer = new ConvLayerModule(Node(new Convolution { Filters = 4 }), generator);
        var input = randn([2, 3, 8, 8], generator: generator);
        layer.UseBFloat16();
        Assert.AreEqual(ScalarType.BFloat16, layer.call(input).dtype);
        Assert.AreEqual(ScalarType.Float32, layer.WeightParameter.dtype);

        using var network = RecipeFixture.Network(generator);
        network.UseBFloat16();
        var logits = network.call(input);
        Assert.AreEqual(ScalarType.Float32, logits.dtype);
        logits.sum().backward();
        Assert.IsTrue(network.parameters().All(parameter => parameter.grad!.dtype == ScalarType.Float32));
    }

    [TestMethod]
    public void Measurements_are_in_float32()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var network = RecipeFixture.Network(generator);
        network.eval();
        var input = randn([2, 3, 8, 8], generator: generator);
        var before = network.call(input).Values();
        network.UseBFloat16();
        CollectionAssert.AreEqual(before, network.call(input).Values());
    }

    // libtorch is slower at them in bfloat16, on a CPU.
    [TestMethod]
    public void Depthwise_convolutions_other_than_plain_ones_stay_float32_on_a_cpu()
    {
        Assert.IsFalse(ConvLayerModule.IsFastInBFloat16(new DepthwiseConvolution { Stride = 2 }, DeviceType.CPU));
        Assert.IsFalse(ConvLayerModule.IsFastInBFloat16(new DepthwiseConvolution { Size = 5 }, DeviceType.CPU));
        Assert.IsFalse(ConvLayerModule.IsFastInBFloat16(new DepthwiseConvolution { Dilation = 2 }, DeviceType.CPU));
        Assert.IsTrue(ConvLayerModule.IsFastInBFloat16(new DepthwiseConvolution { Stride = 2 }, DeviceType.CUDA));
        Assert.IsTrue(ConvLayerModule.IsFastInBFloat16(new DepthwiseConvolution(), DeviceType.CPU));
        Assert.IsTrue(ConvLayerModule.IsFastInBFloat16(new Convolution { Filters = 4, Stride = 2 }, DeviceType.CPU));

        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var layer = new ConvLayerModule(Node(new DepthwiseConvolution { Stride = 2 }), generator);
        layer.UseBFloat16();
        Assert.AreEqual(ScalarType.Float32, layer.call(randn([2, 3, 8, 8], ScalarType.BFloat16, generator: generator)).dtype);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Gradients_in_mixed_precision_point_where_those_of_float32_do(bool shortcuts)
    {
        using var scope = NewDisposeScope();
        // The median, since a ReLU that switches in a network of so few may turn one draw by more.
        var cosines = new ulong[] { 1, 2, 3, 4, 5 }.Select(seed => Cosine(Gradients(seed, false), Gradients(seed, true))).Order().ToArray();
        Assert.IsGreaterThan(0.99, cosines[2], string.Join(", ", cosines));

        static float Cosine(Tensor full, Tensor mixed) => (full.dot(mixed) / (full.norm() * mixed.norm())).item<float>();

        Tensor Gradients(ulong seed, bool isMixed)
        {
            using var generator = new Generator(seed);
            using var network = new TorchNetwork(SmallTraining.Layout, generator);
            network.UseChannelsLast();
            if (isMixed)
                network.UseBFloat16();
            if (shortcuts)
                network.UseIdentityBranches();
            // Dropout would draw alike in both, but small differences before it would not matter alike.
            var images = randn([32, 3, 16, 16], generator: generator);
            nn.functional.cross_entropy(network.call(images), arange(32).remainder(4)).backward();
            return cat([.. network.parameters().Select(parameter => parameter.grad!.flatten())]);
        }
    }

    [TestMethod]
    [DataRow(TrainingPrecision.Auto, null, true, TrainingPrecision.BFloat16, false)]
    [DataRow(TrainingPrecision.Auto, null, false, TrainingPrecision.TensorFloat32, false)]
    [DataRow(TrainingPrecision.Auto, TrainingPrecision.Float32, true, TrainingPrecision.Float32, false, DisplayName = "a resumed training")]
    [DataRow(TrainingPrecision.Auto, TrainingPrecision.BFloat16, false, TrainingPrecision.BFloat16, true, DisplayName = "a training resumed on an older machine")]
    [DataRow(TrainingPrecision.BFloat16, null, true, TrainingPrecision.BFloat16, false)]
    [DataRow(TrainingPrecision.BFloat16, null, false, TrainingPrecision.BFloat16, true)]
    [DataRow(TrainingPrecision.TensorFloat32, null, false, TrainingPrecision.TensorFloat32, false)]
    [DataRow(TrainingPrecision.Float32, TrainingPrecision.BFloat16, true, TrainingPrecision.Float32, false)]
    public void Auto_is_the_fast_one_of_the_device_and_a_choice_stays(TrainingPrecision requested, TrainingPrecision? before, bool hasBFloat16, TrainingPrecision expected, bool isSlow)
    {
        List<string> warnings = [];
        Assert.AreEqual(expected, PrecisionChoice.Choose(requested, before, hasBFloat16, CPU, warnings.Add));
        Assert.HasCount(isSlow ? 1 : 0, warnings);
        if (isSlow)
        {
            Assert.StartsWith("Precision = BFloat16 is slow on cpu", warnings[0]);
            Assert.Contains("Precision = Auto", warnings[0]);
        }
    }

    [TestMethod]
    public void Auto_is_not_left_open_on_this_machine() =>
        Assert.AreNotEqual(TrainingPrecision.Auto, PrecisionChoice.Choose(TrainingPrecision.Auto, null, CPU, message => Assert.Fail(message)));

    [TestMethod]
    [DataRow(0.0, false, DisplayName = "unknown")]
    [DataRow(7.5, false)]
    [DataRow(8.0, true)]
    [DataRow(9.0, true)]
    public void Gpus_have_bfloat16_from_compute_capability_8_on(double capability, bool expected) => Assert.AreEqual(expected, PrecisionChoice.HasBFloat16(capability));

    private static LayerNode Node(ConvLayer layer) => NetworkLayout.Of(new ConvNet
    {
        Name = "kernel",
        Input = new TensorShape(3, 8, 8),
        Classes = 1,
        Stages = [Stage.Repeat(new Block { Layers = [layer] }, 1)],
        Head = null,
    }).Body.SelectMany(stage => stage.Blocks).SelectMany(block => block.Layers).Single();
}
