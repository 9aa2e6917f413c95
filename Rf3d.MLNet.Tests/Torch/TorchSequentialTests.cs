using Rf3d.Planning;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using ChannelShuffle = Rf3d.Planning.ChannelShuffle;
using Convolution = Rf3d.Planning.Convolution;

namespace Rf3d.MLNet.Tests.Torch;

[TestClass]
public class TorchSequentialTests
{
    private static readonly TensorShape Small = new(3, 32, 32);

    [TestMethod]
    [DataRow("off")]
    [DataRow("auto")]
    public void Listing_1_measures_a_model_and_gives_back_an_optimized_one_that_trains(string decomposition)
    {
        using var scope = NewDisposeScope();
        Sequential Stage(long channels, long filters, int depth) => Sequential(
            Enumerable.Range(0, depth).SelectMany(i => ConvNormRelu(i == 0 ? channels : filters, filters)).Append(MaxPool2d(2)).ToArray());
        Sequential[] stages = [Stage(3, 8, 2), Stage(8, 16, 2), Stage(16, 32, 4), Stage(32, 32, 3)];
        var classifier = Sequential(Linear(32 * 2 * 2, 10));
        var images = randn([4, 3, 32, 32], generator: new Generator(1));
        var original = classifier.call(stages.Aggregate(images, (value, stage) => stage.call(value)).flatten(1));

        var info = TorchSequential.Measure(stages, Small);
        Assert.HasCount(4, info.Stages);
        CollectionAssert.AreEqual(new[] { 2, 2, 4, 3 }, info.Stages.Select(stage => stage.Blocks.Length).ToArray());

        var optimized = TorchSequential.Optimize(stages, Small, classifier, new OrganizerOptions(), Decomposition.Parse(decomposition), seed: 3);
        Assert.IsNotEmpty(optimized.Plan.Steps);
        Assert.AreEqual(info.TotalGain, optimized.Plan.OriginalField.TotalGain);
        Assert.IsGreaterThan(info.TotalGain, optimized.Plan.OrganizedField.TotalGain);
        Assert.AreEqual(decomposition == "off", optimized.Plan.Replacements.IsEmpty);

        using var model = optimized.Module;
        using var optimizer = optim.SGD(model.parameters(), 0.05);
        var labels = tensor([0L, 3, 5, 9]);
        var losses = new List<float>();
        for (var step = 0; step < 8; step++)
        {
            optimizer.zero_grad();
            var logits = model.call(images);
            CollectionAssert.AreEqual(original.shape, logits.shape);
            var loss = functional.cross_entropy(logits, labels);
            loss.backward();
            optimizer.step();
            losses.Add(loss.item<float>());
        }
        Assert.IsLessThan(losses[0], losses[^1]);
    }

    [TestMethod]
    public void A_Sequential_with_VGG16s_layers_is_the_catalogues_VGG16()
    {
        using var scope = NewDisposeScope();
        List<Module<Tensor, Tensor>> layers = [];
        var channels = 3L;
        foreach (var (filters, depth) in new[] { (64L, 2), (128L, 2), (256L, 3), (512L, 3), (512L, 3) })
        {
            for (var i = 0; i < depth; i++, channels = filters)
                layers.AddRange(ConvNormRelu(channels, filters));
            layers.Add(MaxPool2d(2, 2));
        }
        layers.AddRange([Flatten(), Linear(512, 10)]);
        var catalogued = ConvNetFactory.Create(Architecture.Vgg16, 32, 32, 10);

        foreach (var network in new[] { Sequential(layers.ToArray()), Sequential(Sequential(layers.SkipLast(2).ToArray()), Sequential(layers.TakeLast(2).ToArray())) })
        {
            var described = TorchSequential.Describe(network, Small);
            Assert.AreEqual(catalogued with { Name = described.Name }, described);
            Assert.AreEqual(catalogued.GetCost().Parameters, network.parameters().Sum(parameter => parameter.NumberOfElements));
            Assert.AreEqual(catalogued.GetCost().Macs, described.GetCost().Macs);
            Assert.AreEqual(NetworkReceptiveField.Measure(catalogued).TotalGain, TorchSequential.Measure(network, Small).TotalGain);
        }
    }

    [TestMethod]
    public void MobileNets_stem_pairs_and_stages_are_found_in_a_flat_and_in_a_nested_Sequential()
    {
        using var scope = NewDisposeScope();
        Module<Tensor, Tensor>[] Pair(long channels, long filters, long stride) =>
        [
            Conv2d(channels, channels, 3, stride, padding: 1, groups: channels, bias: false), BatchNorm2d(channels), ReLU(),
            Conv2d(channels, filters, 1, bias: false), BatchNorm2d(filters), ReLU(),
        ];
        Module<Tensor, Tensor>[] stem = [Conv2d(3, 8, 3, padding: 1, bias: false), BatchNorm2d(8), ReLU()];
        Module<Tensor, Tensor>[][] pairs = [Pair(8, 16, 1), Pair(16, 24, 2), Pair(24, 24, 1)];
        Module<Tensor, Tensor>[] head = [AdaptiveAvgPool2d(1), Flatten(), Linear(24, 5)];
        var expected = new ConvNet
        {
            Input = Small,
            Classes = 5,
            Stem = new Stage { Blocks = [Block.Convolution(8)] },
            Stages = [Stage.Repeat(Block.DepthwiseSeparable(16), 1), Stage.Repeat(Block.DepthwiseSeparable(24, stride: 2), 2)],
        };

        Assert.AreEqual(expected, TorchSequential.Describe(Sequential([.. stem, .. pairs.SelectMany(pair => pair), .. head]), Small));
        Assert.AreEqual(expected, TorchSequential.Describe(Sequential([Sequential(stem), Sequential(pairs.Select(Sequential).ToArray()), .. head]), Small));
    }

    [TestMethod]
    public void Every_setting_that_a_network_can_have_is_read()
    {
        using var scope = NewDisposeScope();
        var network = Sequential(
            Conv2d(3, 12, (5, 3), (2, 1), (2, 0), bias: true), Hardswish(), AvgPool2d(3, 2, 1),
            Conv2d(12, 12, 3, padding: Padding.Same, dilation: 2, groups: 3, bias: false), BatchNorm2d(12), LeakyReLU(0.01),
            TorchSharp.torch.nn.ChannelShuffle(3), Conv2d(12, 24, 1, groups: 3), ReLU6(), Identity(),
            Conv2d(24, 24, 3, padding: Padding.Valid), Tanh(), Conv2d(24, 48, 3, groups: 24), Sigmoid(), Dropout(0),
            Flatten(), Linear(48 * 4 * 11, 20), ReLU(), Dropout(0.25), Linear(20, 20), ReLU(), Dropout(0.25), Linear(20, 7));
        var plain = new Convolution { Filters = 12, BatchNorm = false, Activation = Activation.None };
        var expected = new ConvNet
        {
            Input = Small,
            Classes = 7,
            Stem = new Stage
            {
                Blocks = [new Block { Layers = [plain with { Size = new Size2D(5, 3), Stride = new Size2D(2, 1), Padding = new Size2D(2, 0), Bias = true, Activation = Activation.HardSwish }] }],
                Pool = new AveragePool(3, 2, 1),
            },
            Stages =
            [
                new Stage
                {
                    Blocks =
                    [
                        new Block
                        {
                            Layers =
                            [
                                plain with { Dilation = 2, Groups = 3, BatchNorm = true, Activation = Activation.LeakyRelu },
                                new ChannelShuffle { Groups = 3 },
                                plain with { Filters = 24, Size = 1, Groups = 3, Bias = true, Activation = Activation.Relu6 },
                            ],
                        },
                        new Block { Layers = [plain with { Filters = 24, Padding = 0, Bias = true, Activation = Activation.Tanh }] },
                        new Block { Layers = [plain with { Filters = 48, Groups = 24, Padding = 0, Bias = true, Activation = Activation.Sigmoid }] },
                    ],
                },
            ],
            Head = new Head { Pooling = HeadPooling.Flatten, HiddenLayers = [20, 20], Dropout = 0.25 },
        };
        var described = TorchSequential.Describe(network, Small);
        Assert.AreEqual(expected.ToJson(), described.ToJson());

        // And the module that is built of it computes the same, given the same weights.
        using var built = TorchSequential.Build(described, 1);
        using var noGradient = no_grad();
        foreach (var (theirs, ours) in network.parameters().Zip(built.parameters()))
        {
            CollectionAssert.AreEqual(theirs.shape, ours.shape);
            ours.copy_(theirs);
        }
        Assert.HasCount(network.parameters().Count(), built.parameters());
        network.eval();
        built.eval();
        var images = randn([2, 3, 32, 32], generator: new Generator(1));
        Assert.IsLessThan(1e-5f, (network.call(images) - built.call(images)).abs().max().item<float>());
    }

    [TestMethod]
    public void An_average_over_whole_maps_is_a_global_one()
    {
        using var scope = NewDisposeScope();
        foreach (var pooling in new Module<Tensor, Tensor>[][] { [AvgPool2d(32)], [AdaptiveAvgPool2d(1)], [AvgPool2d(32), AdaptiveAvgPool2d(1)] })
        {
            var network = TorchSequential.Describe(Sequential([.. ConvNormRelu(3, 8), .. ConvNormRelu(8, 8), .. pooling, Flatten(), Linear(8, 4)]), Small);
            Assert.AreEqual(new Head(), network.Head);
            Assert.IsNull(network.Stages[0].Pool);
        }
    }

    [TestMethod]
    public void Dropout_before_the_only_linear_layer_drops_features_while_training()
    {
        using var scope = NewDisposeScope();
        var network = TorchSequential.Describe(Sequential(Conv2d(3, 64, 3, padding: 1), ReLU(), AdaptiveAvgPool2d(1), Flatten(), Dropout(0.5), Linear(64, 4)), Small);
        Assert.AreEqual(new Head { Dropout = 0.5 }, network.Head);
        using var module = TorchSequential.Build(network, seed: 1);
        var images = randn([4, 3, 32, 32], generator: new Generator(1));
        Assert.IsFalse(module.call(images).Equals(module.call(images)));
        module.eval();
        Assert.IsTrue(module.call(images).Equals(module.call(images)));
    }

    [TestMethod]
    public void LeNet_5_is_decomposed_although_its_kernels_shrink_their_maps()
    {
        using var scope = NewDisposeScope();
        var network = Sequential(
            Conv2d(1, 6, 5, padding: 2), ReLU(), MaxPool2d(2), Conv2d(6, 16, 5), ReLU(), MaxPool2d(2), Conv2d(16, 120, 5), ReLU(),
            Flatten(), Linear(120, 84), ReLU(), Linear(84, 10));
        var optimized = TorchSequential.Optimize(network, new TensorShape(1, 28, 28), OrganizerOptions.Off, Decomposition.Auto, seed: 1);
        using var module = optimized.Module;
        Assert.AreEqual("DW+PW, DW+PW", string.Join(", ", optimized.Plan.Replacements.Select(replacement => replacement.Block)));
        CollectionAssert.AreEqual(new long[] { 2, 10 }, module.call(randn([2, 1, 28, 28], generator: new Generator(1))).shape);
    }

    [TestMethod]
    public void Without_a_classifier_feature_maps_come_out()
    {
        using var scope = NewDisposeScope();
        var network = Sequential([.. ConvNormRelu(3, 8), .. ConvNormRelu(8, 8), MaxPool2d(2), .. ConvNormRelu(8, 16)]);
        var images = randn([2, 3, 32, 32], generator: new Generator(1));
        var optimized = TorchSequential.Optimize(network, Small, new OrganizerOptions(), seed: 1);
        using var module = optimized.Module;
        Assert.IsNull(optimized.Plan.Optimized.Head);
        CollectionAssert.AreEqual(network.call(images).shape, module.call(images).shape);
    }

    [TestMethod]
    public void A_list_of_stages_keeps_its_stages_whatever_their_strides()
    {
        using var scope = NewDisposeScope();
        var stages = new[]
        {
            Sequential(Conv2d(3, 8, 7, 2, 3), ReLU(), Conv2d(8, 8, 3, 2, 1), ReLU()),
            Sequential(MaxPool2d(2), Sequential(Conv2d(8, 8, 3, padding: 1), ReLU(), Conv2d(8, 16, 1)), ReLU()),
        };
        var network = TorchSequential.Describe(stages, Small, Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(16, 4)));
        Assert.IsNull(network.Stem);
        CollectionAssert.AreEqual(new[] { 2, 1 }, network.GetStageDepths().ToArray());
        Assert.AreEqual(new MaxPool(2, 2), network.Stages[0].Pool);
        Assert.HasCount(2, network.Stages[1].Blocks[0].Layers);
        Assert.AreEqual(Activation.Relu, ((Convolution)network.Stages[1].Blocks[0].Layers[1]).Activation);
        Assert.AreEqual(new Head(), network.Head);
        Assert.AreEqual(new Head(), TorchSequential.Describe(stages, Small, Sequential(Linear(16, 4))).Head);
        Assert.AreEqual(HeadPooling.Flatten, TorchSequential.Describe(stages, Small, Sequential(Linear(16 * 4 * 4, 4))).Head!.Pooling);
    }

    [TestMethod]
    public void A_built_module_outlives_the_scope_and_its_state_can_be_saved_and_loaded()
    {
        var network = ConvNetFactory.Create(Architecture.Vgg11, 32, 32, 100, 0.125);
        network = network with { Stem = Stage.Repeat(Block.Convolution(8), 1), Stages = network.Stages.Add(Stage.Repeat(Block.DepthwiseRolling(8), 2)) };
        Module<Tensor, Tensor> first, second;
        using (NewDisposeScope())
        {
            first = TorchSequential.Build(network, 1);
            second = TorchSequential.Build(network, 2);
        }
        using (first)
        using (second)
        using (NewDisposeScope())
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            var images = randn([2, 3, 32, 32], generator: new Generator(1));
            first.call(images);
            first.eval();
            second.eval();
            Assert.IsGreaterThan(1e-3f, Difference());
            using var folder = new TempFolder();
            first.save(folder["weights.dat"]);
            second.load(folder["weights.dat"]);
            Assert.AreEqual(0f, Difference());

            using var third = TorchSequential.Build(network, 3);
            third.eval();
            third.load_state_dict(first.state_dict());
            Assert.AreEqual(0f, (first.call(images) - third.call(images)).abs().max().item<float>());

            float Difference() => (first.call(images) - second.call(images)).abs().max().item<float>();
        }
    }

    [TestMethod]
    public void The_same_seed_gives_the_same_weights()
    {
        using var scope = NewDisposeScope();
        var network = ConvNetFactory.Create(Architecture.MobileNet, 32, 32, 10, 0.125);
        using var first = TorchSequential.Build(network, 5);
        using var second = TorchSequential.Build(network, 5);
        using var third = TorchSequential.Build(network);
        Assert.IsTrue(Weights(first).equal(Weights(second)).all().item<bool>());
        Assert.IsFalse(Weights(first).equal(Weights(third)).all().item<bool>());

        static Tensor Weights(Module<Tensor, Tensor> module) => cat(module.parameters().Select(parameter => parameter.flatten()).ToArray());
    }

    internal static Module<Tensor, Tensor>[] ConvNormRelu(long channels, long filters) =>
        [Conv2d(channels, filters, 3, padding: 1), BatchNorm2d(filters), ReLU()];
}
