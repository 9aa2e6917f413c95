using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Training.Memory;

/// <summary>Networks whose tensors can be counted by hand.</summary>
[TestClass]
public class TrainingMemoryTests
{
    // 4·3·3·3 = 108 weights, 2·4 of the normalisation, 2·4 + 2 of the classifier; 8 statistics.
    private const int Parameters = 126, Statistics = 8, Kernel = 108;

    private static ConvNet One => Net(Stage.Repeat(Block.Convolution(4), 1));

    [TestMethod]
    public void Parameters_are_counted_once_for_each_tensor_of_their_shape()
    {
        var sgd = Of(new() { Optimizer = TrainingOptimizer.Sgd });
        Assert.AreEqual(4 * (Parameters + Statistics), sgd.Weights);
        Assert.AreEqual(4 * Parameters, sgd.Gradients);
        Assert.AreEqual(4 * Parameters, sgd.Optimizer);
        Assert.AreEqual(4 * (Parameters + Statistics), sgd.Copies);
        Assert.AreEqual(0, Of(new() { Optimizer = TrainingOptimizer.Sgd, Momentum = 0 }).Optimizer);
        Assert.AreEqual(4 * Parameters, Of(new() { Optimizer = TrainingOptimizer.Muon }).Optimizer);
        Assert.AreEqual(2 * 4 * Parameters, Of(new() { Optimizer = TrainingOptimizer.AdamW }).Optimizer);
        Assert.AreEqual(3 * 4 * (Parameters + Statistics), Of(new() { EmaDecay = 0.99 }).Copies);

        static TrainingMemory Of(TrainingRecipe recipe) => MLNet.TrainingMemory.Of(NetworkLayout.Of(One), recipe, TrainingPrecision.Float32, StepForms.Plain, 2, default);
    }

    [TestMethod]
    public void In_bfloat16_convolutions_have_copies_of_their_weights()
    {
        Assert.AreEqual((4 * (Parameters + Statistics)) + (2 * Kernel), TrainingMemory.OnGpu(One, 2).Weights);
        Assert.AreEqual(4 * (Parameters + Statistics), TrainingMemory.OnGpu(One, 2, new() { Precision = TrainingPrecision.Float32 }).Weights);
    }

    [TestMethod]
    public void A_bias_before_a_normalisation_is_not_trained_on_a_gpu()
    {
        var biased = Net(new Stage { Blocks = [new() { Layers = [new Convolution { Filters = 4, Bias = true }] }] });
        var memory = TrainingMemory.OnGpu(biased, 2);
        Assert.AreEqual((4 * (Parameters + 4 + Statistics)) + (2 * Kernel), memory.Weights);
        Assert.AreEqual(4 * Parameters, memory.Gradients);
    }

    [TestMethod]
    public void A_step_needs_most_where_the_gradient_of_the_first_activation_is_computed()
    {
        // Two images of 4 channels of 8×8. Kept: the output of the convolution and that of the normalisation, which is that of ReLU, too. Beside them: the gradient
        // of ReLU's output, and of its input. The images are the batch's.
        const int Map = 2 * 4 * 64 * 4;
        Assert.AreEqual(4 * Map, Peak(One));
        // Two of them: when the gradient of the second ReLU is computed, four are kept.
        Assert.AreEqual(6 * Map, Peak(Net(Stage.Repeat(Block.Convolution(4), 2))));
        // An activation in a place of its own: one more to keep where a convolution follows, and none where the mean does.
        Assert.AreEqual(7 * Map, Peak(Net(Stage.Repeat(new() { Layers = [new Convolution { Filters = 4, Activation = Activation.Relu6 }] }, 2))));
    }

    [TestMethod]
    public void A_residual_block_keeps_its_sum_and_not_what_is_added()
    {
        const int Map = 2 * 4 * 64 * 4;
        // Stem: 2. Block: the outputs of both convolutions, of the first ReLU, and the sum. At the last activation two gradients exist.
        Assert.AreEqual((2 + 4 + 2) * Map, Peak(Net(Stage.Repeat(Block.Convolution(4), 1), Stage.Repeat(Block.Basic(4), 1))));
    }

    [TestMethod]
    public void Max_pooling_keeps_indices_of_eight_bytes()
    {
        const int Map = 2 * 4 * 64 * 4;
        // Four maps, and indices of twice the size of one; beside them the gradients before and after the pool.
        Assert.AreEqual((4 + 2 + 2) * Map, Peak(Net(Stage.Repeat(Block.Convolution(4), 2, new MaxPool(3, 1, 1)))));
    }

    [TestMethod]
    public void Activations_follow_the_batch_and_the_precision()
    {
        var network = ConvNetFactory.Create(Architecture.ResNet18, 32, 32, 10);
        var (small, large) = (TrainingMemory.OnGpu(network, 256), TrainingMemory.OnGpu(network, 1024));
        Assert.AreEqual(4, (double)large.Activations / small.Activations, 0.05);
        Assert.AreEqual(small.Weights, large.Weights);
        var exact = TrainingMemory.OnGpu(network, 1024, new() { Precision = TrainingPrecision.TensorFloat32 });
        Assert.IsGreaterThan(1.8 * large.Activations, exact.Activations);
        Assert.IsLessThan(2 * large.Activations, exact.Activations);
    }

    [TestMethod]
    public void The_total_is_that_of_its_parts()
    {
        var memory = TrainingMemory.OnGpu(One, 2, images: 100);
        Assert.AreEqual(100 * 3 * 64, memory.Images);
        Assert.AreEqual(memory.Weights + memory.Gradients + memory.Optimizer + memory.Copies + memory.Activations + memory.Images + memory.Libraries, memory.Total);
    }

    [TestMethod]
    public void Every_catalogued_network_has_its_memory()
    {
        foreach (var architecture in Enum.GetValues<Architecture>())
        {
            foreach (var size in new[] { 32, 224 })
            {
                foreach (var optimizer in Enum.GetValues<TrainingOptimizer>())
                    Assert.IsGreaterThan(0, TrainingMemory.OnGpu(ConvNetFactory.Create(architecture, size, size, 10), 64, new() { Optimizer = optimizer }).Activations, $"{architecture}");
            }
        }
    }

    [TestMethod]
    public void The_log_has_a_sentence_of_it()
    {
        var memory = TrainingMemory.OnGpu(ConvNetFactory.Create(Architecture.ResNet18, 32, 32, 10), 1024, images: 50_000);
        var sentence = memory.Describe(80_000_000_000);
        Assert.MatchesRegex(
            @"^The training takes about \d+\.\d\d GB of the GPU's 80\.00 GB: activations of 1,024 images \d+\.\d\d GB, images 0\.15 GB, weights, gradients and optimizer 0\.2\d GB, libraries \d+\.\d\d GB\.$", sentence);
        Assert.Contains("of the GPU's memory: ", memory.Describe(null));
        Assert.DoesNotContain(", images", TrainingMemory.OnGpu(One, 2).ToString());
    }

    [TestMethod]
    public void Bad_numbers_are_named()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TrainingMemory.OnGpu(One, 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TrainingMemory.OnGpu(One, 1, images: -1));
        var vast = ConvNetFactory.Create(Architecture.ResNet50, 32_768, 32_768, 10, widthMultiplier: 16);
        Assert.Contains("2147483647 images", Assert.ThrowsExactly<InvalidOperationException>(() => TrainingMemory.OnGpu(vast, int.MaxValue)).Message);
    }

    private static long Peak(ConvNet network) => StepWalk.Peak(NetworkLayout.Of(network), new(2, sizeof(float), StepForms.Plain, HasIdentityBranches: false));

    private static ConvNet Net(params Stage[] stages) => new() { Name = "small", Input = new TensorShape(3, 8, 8), Classes = 2, Stages = [.. stages] };
}
