using Rf3d.MLNet.Tests.Training;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Torch;

[TestClass]
public class IdentityBranchTests
{
    private const int Channels = 6;

    private static IEnumerable<object[]> LayersWithIdentityBranch =>
    [
        [new Convolution { Filters = Channels }],
        [new Convolution { Filters = Channels, Size = 1 }],
        [new Convolution { Filters = Channels, Groups = 3, Size = new Size2D(1, 5), Stride = new Size2D(1, 2) }],
        [new Convolution { Filters = Channels, Dilation = 2, Bias = true, Activation = Activation.Tanh }],
        [new Convolution { Filters = Channels, Size = 1, Groups = 2, Stride = 3, Activation = Activation.None }],
        [new DepthwiseConvolution()],
        [new DepthwiseConvolution { Stride = 2, Size = 5, Bias = true }],
    ];

    private static IEnumerable<object[]> LayersWithout =>
    [
        [new Convolution { Filters = 2 * Channels }, "other channels out than in"],
        [new Convolution { Filters = Channels, Size = 2 }, "no pixel in the middle"],
        [new Convolution { Filters = Channels, Padding = 0 }, "the middle is another pixel"],
        [new DepthwiseConvolution { Dilation = 2, Padding = 1 }, "the middle is another pixel"],
        [new Convolution { Filters = Channels, BatchNorm = false, Bias = true }, "nothing that keeps the two apart"],
        [new RollingPointwiseConvolution { Filters = Channels }, "windows that wrap around do not hold their own channel"],
        [new ChannelShuffle { Groups = 2 }, "no weights"],
    ];

    private static TorchNetwork Network(Block block, Generator generator) => new(
        NetworkLayout.Of(new ConvNet
        {
            Input = new TensorShape(3, 9, 8),
            Classes = 4,
            Stem = new Stage { Blocks = [Block.Convolution(Channels)] },
            Stages = [new Stage { Blocks = [block] }],
        }),
        generator);

    private static Tensor Images(Generator generator) => randn([20, 3, 9, 8], generator: generator);

    /// <summary>As many steps as it takes for weights, scales, shifts and statistics to be those of no new network.</summary>
    private static void Train(TorchNetwork network, Generator generator)
    {
        network.train();
        using var descent = optim.SGD(network.parameters(), 0.2);
        for (var step = 0; step < 8; step++)
        {
            network.zero_grad();
            nn.functional.cross_entropy(network.call(Images(generator)), arange(20).remainder(4)).backward();
            descent.step();
        }
    }

    private static float Distance(Tensor first, Tensor second) => (first - second).abs().max().item<float>();

    [TestMethod]
    [DynamicData(nameof(LayersWithIdentityBranch))]
    public void Folded_into_the_weights_it_computes_the_same(Layer layer)
    {
        Folds(layer, measured: true);
        Folds(layer, measured: false);
    }

    [TestMethod]
    [DataRow(Architecture.MobileNet, true)]
    [DataRow(Architecture.Vgg11, true)]
    [DataRow(Architecture.ResNet18Slim, false)]
    [DataRow(Architecture.ResNet18, false)]
    public void Networks_of_residual_blocks_have_none_to_learn_with(Architecture architecture, bool has)
    {
        using var generator = new Generator(1);
        using var network = new TorchNetwork(NetworkLayout.Of(ConvNetFactory.Create(architecture, 32, 32, 10)), generator);
        network.UseIdentityBranches();
        Assert.AreEqual(has, network.HasIdentityBranches);
    }

    private static void Folds(Layer layer, bool measured)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var network = Network(new Block { Layers = [layer] }, generator);
        network.UseChannelsLast();
        network.UseIdentityBranches();
        Assert.IsTrue(network.HasIdentityBranches);
        Train(network, generator);
        network.eval();
        var images = Images(generator);
        var expected = network.call(images).detach();

        if (measured)
            network.MeasureIdentityBranches(images.split(7));
        network.FoldIdentityBranches();
        Assert.IsFalse(network.HasIdentityBranches);
        Assert.IsLessThan(1e-4f, Distance(expected, network.call(images).detach()));

        using var plain = Network(new Block { Layers = [layer] }, generator);
        plain.Import(network.Export());
        plain.eval();
        Assert.IsLessThan(1e-4f, Distance(expected, plain.call(images).detach()));
    }

    [TestMethod]
    [DynamicData(nameof(LayersWithIdentityBranch))]
    public void Folded_it_is_normalised_as_it_was_so_that_training_can_continue_from_it(Layer layer)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var network = new ConvNet { Input = new TensorShape(Channels, 9, 8), Classes = 4, Stages = [new Stage { Blocks = [new Block { Layers = [layer] }] }] };
        using var module = new ConvLayerModule(NetworkLayout.Of(network).Layers.Single(), generator);
        module.UseIdentityBranch();
        var maps = (randn([20, Channels, 9, 8], generator: generator) * 3) + 1;
        module.train();
        // Until the running statistics are those of the maps.
        for (var step = 0; step < 100; step++)
            module.call(maps);
        module.eval();
        var scored = module.call(maps).detach();
        module.MeasureIdentityBranch();
        module.call(maps);
        module.FoldIdentityBranch();
        // By the statistics of the batch.
        module.train();
        Assert.IsLessThan(1e-2f, Distance(scored, module.call(maps).detach()));
    }

    [TestMethod]
    public void While_it_learns_the_output_is_that_of_the_kernel_and_its_input()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var shape = new TensorShape(Channels, 9, 8);
        var layer = new DepthwiseConvolution { Stride = 2, Activation = Activation.None };
        using var module = new ConvLayerModule(new LayerNode("kernel", layer, shape, new TensorShape(Channels, 5, 4)), generator);
        var input = randn([20, Channels, 9, 8], generator: generator);
        var before = module.call(input).detach().clone();
        module.UseIdentityBranch();
        RecipeFixture.AssertClose((before + input[.., .., TensorIndex.Slice(step: 2), TensorIndex.Slice(step: 2)]).Values(), module.call(input));
    }

    [TestMethod]
    [DynamicData(nameof(LayersWithout))]
    public void Kernels_whose_weights_cannot_hold_the_identity_have_none(Layer layer, string why)
    {
        using var generator = new Generator(1);
        using var network = Network(new Block { Layers = [layer] }, generator);
        network.UseIdentityBranches();
        Assert.IsFalse(network.HasIdentityBranches, why);
    }

    [TestMethod]
    public void Residual_blocks_have_their_own()
    {
        using var generator = new Generator(1);
        using var network = Network(Block.Basic(Channels), generator);
        network.UseIdentityBranches();
        Assert.IsFalse(network.HasIdentityBranches);
    }

    [TestMethod]
    public void Images_that_fail_after_the_training_cost_no_model()
    {
        using var training = new SmallTraining { Recipe = settings => settings.With(recipe => recipe.Reparameterization = true), FromCache = true };
        var expected = training.Run(null);
        var epochs = 0;
        // The last report comes before the sample is read.
        training.Report = metrics =>
        {
            if (metrics.IsEpochEnd && ++epochs == training.Epochs)
                training.LoseImages();
        };
        var trained = training.Run(null);
        Assert.Contains("could not be measured", training.Warnings.Single());
        Assert.AreEqual(training.Measure(expected.Weights).Loss, training.Measure(trained.Weights).Loss, 1e-4);
    }

    [TestMethod]
    public void A_residual_block_takes_over_no_weights_that_were_learned_with_a_shortcut()
    {
        using var generator = new Generator(1);
        using var network = Network(Block.Basic(Channels), generator);
        var layout = NetworkLayout.Of(new ConvNet { Input = new TensorShape(3, 9, 8), Classes = 4, Stem = new Stage { Blocks = [Block.Convolution(Channels)] }, Stages = [new Stage { Blocks = [Block.Basic(Channels)] }] });
        var weights = network.Export();
        CollectionAssert.AreEqual(new[] { "stage1.block1.layer1", "stage1.block1.layer2" }, IdentityBranch.Missing(layout).Order().ToArray());
        var match = WeightMatch.Of(layout, weights, weights, IdentityBranch.Missing(layout));
        CollectionAssert.AreEqual(new[] { "stem.block1.layer1", "head.classifier" }, match.Matched.ToArray());
        Assert.Contains("learned with a shortcut", match.Unmatched[0]);
    }

    [TestMethod]
    public void Moments_over_batches_are_those_of_all_maps()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var moments = new ChannelMoments();
        var maps = (randn([11, 3, 4, 5], generator: generator) * 2) + 7;
        foreach (var part in maps.split(4))
            moments.Add(part);
        var (mean, variance) = moments.Read();
        RecipeFixture.AssertClose(maps.mean([0, 2, 3]).Values(), mean);
        RecipeFixture.AssertClose(maps.permute(1, 0, 2, 3).flatten(1).var(1, unbiased: false).Values(), variance, 1e-4);
        using var none = new ChannelMoments();
        Assert.ThrowsExactly<InvalidOperationException>(() => none.Read());
    }

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(0.9)]
    public void A_training_that_was_stopped_ends_with_the_weights_of_one_that_was_not(double average)
    {
        using var folder = new TempFolder();
        using var training = new SmallTraining { Recipe = settings => settings.With(recipe => { recipe.Reparameterization = true; recipe.EmaDecay = average; }) };
        var expected = training.Run(null);
        using var plain = new SmallTraining();
        CollectionAssert.AreNotEqual(plain.Run(null).Weights["stage1.block1.layer1.weight"].Values, expected.Weights["stage1.block1.layer1.weight"].Values);

        using var stop = new CancellationTokenSource();
        training.Report = metrics =>
        {
            if (metrics is { Epoch: 2, Batch: 3 })
                stop.Cancel();
        };
        using (var store = CheckpointStore.Open(folder.Path, _ => { }))
            training.Run(store, cancellation: stop.Token);
        training.Report = _ => { };
        using (var store = CheckpointStore.Open(folder.Path, _ => { }))
        {
            Assert.IsTrue(store.Found!.Progress.Reparameterization);
            SmallTraining.AssertSameWeights(expected.Weights, training.Run(store).Weights);
        }
        // Complete, it is loaded and folded once more.
        using (var store = CheckpointStore.Open(folder.Path, _ => { }))
            SmallTraining.AssertSameWeights(expected.Weights, training.Run(store).Weights);
    }

    [TestMethod]
    public void Validation_measures_the_weights_that_are_kept()
    {
        using var training = new SmallTraining { Recipe = settings => settings.With(recipe => recipe.Reparameterization = true) };
        var trained = training.Run(null);
        var (loss, accuracy) = training.Measure(trained.Weights);
        var best = trained.History.Epochs[trained.History.BestEpoch - 1];
        Assert.AreEqual(best.ValidationAccuracy!.Value, accuracy, 1e-9);
        Assert.AreEqual(best.ValidationLoss!.Value, loss, 1e-4);
    }
}
