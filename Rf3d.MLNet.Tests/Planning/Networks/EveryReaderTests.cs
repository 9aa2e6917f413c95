using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Rf3d.Planning;
using TorchSharp;

namespace Rf3d.MLNet.Tests.Planning.Networks;

/// <summary>
/// The compiler does not check that a switch over records is complete: here every kind of kernel and every network of the catalogue goes
/// through every reader (shape, cost, memory, receptive field, JSON, TorchSharp, ONNX), and the two that compute agree.
/// </summary>
[TestClass]
public class EveryReaderTests
{
    private static readonly Layer[] Layers =
    [
        new Convolution { Filters = 6, Size = new Size2D(3, 5), Stride = new Size2D(2, 1), Dilation = new Size2D(1, 2), Bias = true },
        new Convolution { Filters = 4, Size = 1, BatchNorm = false, Bias = true, Activation = Activation.None },
        new DepthwiseConvolution { Size = new Size2D(5, 3), Stride = new Size2D(1, 2), Bias = true, BatchNorm = false },
        new DepthwiseConvolution { Size = 2, Dilation = 3, Activation = Activation.None },
        new Convolution { Filters = 9, Groups = 3, Padding = new Size2D(0, 2) },
        new RollingPointwiseConvolution { Filters = 8, Groups = 3, Overlap = 0 },
        new ChannelShuffle { Groups = 3 },
    ];

    [TestMethod]
    public void The_samples_cover_every_kind_of_kernel()
    {
        var kinds = typeof(Layer).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Layer)) && !type.IsAbstract);
        CollectionAssert.AreEquivalent(kinds.ToList(), Layers.Select(layer => layer.GetType()).Distinct().ToList());
    }

    [TestMethod]
    public void Every_activation_and_every_pool_goes_through_every_reader()
    {
        var pools = typeof(Pool).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Pool))).ToList();
        foreach (var activation in Enum.GetValues<Activation>())
        {
            foreach (var pool in pools)
            {
                Size2D padding = 1;
                ReadEverywhere(new ConvNet
                {
                    Name = $"{activation}, {pool.Name}",
                    Input = new TensorShape(3, 13, 11),
                    Classes = 5,
                    Stages =
                    [
                        new Stage
                        {
                            Blocks = [new Block { Layers = [new Convolution { Filters = 8, Activation = activation }], Residual = true, SumActivation = activation }],
                            Pool = (Pool)Activator.CreateInstance(pool, (Size2D)3, (Size2D)2, padding)!,
                        },
                    ],
                });
            }
        }
    }

    [TestMethod]
    public void Every_downsampling_of_a_residual_block_goes_through_every_reader()
    {
        foreach (var downsampling in Enum.GetValues<ResidualDownsampling>())
        {
            // Also a map of one row, which is less than the window.
            foreach (var (stride, height) in new (Size2D, int)[] { (1, 13), (2, 13), (new(1, 3), 13), (new(3, 2), 13), (2, 1) })
            {
                ReadEverywhere(new ConvNet
                {
                    Name = $"{downsampling}, {stride}, {height}",
                    Input = new TensorShape(3, height, 11),
                    Classes = 5,
                    Stages = [new Stage { Blocks = [Block.Convolution(4), Block.Basic(8, stride: stride) with { Downsampling = downsampling }, Block.Bottleneck(4, stride: 2) with { Downsampling = downsampling }] }],
                });
            }
        }
    }

    [TestMethod]
    public void Every_kind_of_kernel_goes_through_every_reader()
    {
        foreach (var layer in Layers)
        {
            foreach (var head in new[] { new Head(), new Head { Pooling = HeadPooling.Flatten, HiddenLayers = [7], Dropout = 0.5 } })
            {
                ReadEverywhere(new ConvNet
                {
                    Name = layer.ToString(),
                    Input = new TensorShape(3, 13, 11),
                    Classes = 5,
                    Stages = [new Stage { Blocks = [new Block { Layers = [layer] }], Pool = new MaxPool(3, 2, 1) }],
                    Head = head,
                });
            }
        }
    }

    [TestMethod]
    public void Every_catalogued_network_goes_through_every_reader()
    {
        foreach (var architecture in Enum.GetValues<Architecture>())
        {
            ReadEverywhere(ConvNetFactory.Create(architecture, 20, 28, 3, 0.125));
            ReadEverywhere(ConvNetFactory.Create(architecture, 72, 65, 3, 0.125));
        }
    }

    [TestMethod]
    [DataRow("dw+pw")]
    [DataRow("dw+shuffle+gpw-g2")]
    [DataRow("dw+rpw-g4-o33")]
    [DataRow("dw+rpw-g2-o50")]
    public void Every_decomposed_network_goes_through_every_reader(string decomposition)
    {
        foreach (var architecture in new[] { Architecture.Vgg11, Architecture.MobileNet, Architecture.ResNet18, Architecture.ResNet50, Architecture.ResNet18D })
        {
            var network = ConvNetFactory.Create(architecture, 32, 32, 3, 0.125);
            ReadEverywhere(NetworkPlan.Create(network, OrganizerOptions.Off, Decomposition.Parse(decomposition) with { Rule = ReplacementRuleMode.Ignored }).Optimized);
        }
    }

    [TestMethod]
    public void Wide_rolling_kernels_go_through_every_reader()
    {
        Block BlockOf(int filters, int groups, double overlap, bool norm) => new()
        {
            Layers = [new RollingPointwiseConvolution { Filters = filters, Groups = groups, Overlap = overlap, BatchNorm = norm, Bias = !norm }],
        };
        ReadEverywhere(new ConvNet
        {
            Name = "wide",
            Input = new TensorShape(3, 6, 5),
            Classes = 5,
            Stem = new() { Blocks = [Block.Convolution(256)] },
            Stages = [new() { Blocks = [BlockOf(512, 4, 0.5, true), BlockOf(512, 2, 0.5, false), BlockOf(2048, 8, 0.5, true), BlockOf(60, 8, 0.5, true), BlockOf(256, 4, 1 / 3d, true)] }],
        });
    }

    [TestMethod]
    public void A_network_without_a_head_gives_feature_maps_and_no_classes()
    {
        var network = ConvNetFactory.Create(Architecture.Vgg11, 32, 32, 3, 0.125) with { Head = null, Classes = 0 };
        Assert.AreEqual(network, ConvNet.FromJson(network.ToJson()));
        Assert.AreEqual(0, network.GetCost().Layers.Count(layer => layer.Name.StartsWith("head", StringComparison.Ordinal)));
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(3);
        using var module = new TorchNetwork(NetworkLayout.Of(network), generator);
        CollectionAssert.AreEqual(new long[] { 2, 64, 1, 1 }, module.call(torch.randn([2, 3, 32, 32], generator: generator)).shape);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => OnnxWriter.Classifier(NetworkLayout.Of(network), module.Export(), new([0, 0, 0], [1, 1, 1]), []));
        Assert.Contains("has no head", error.Message);
    }

    [TestMethod]
    public void Composed_networks_go_through_every_reader() => ReadEverywhere(ConvNetTests.Mixed);

    private static void ReadEverywhere(ConvNet network)
    {
        Assert.AreEqual(network, ConvNet.FromJson(network.ToJson()));
        Assert.IsTrue(NetworkReceptiveField.Measure(network).Stages.All(stage => stage.Blocks.All(block => block.Field.Volume > 0)), network.Name);
        Assert.IsTrue(NetworkPlan.Create(network, new()).OptimizedCost.Macs > 0, network.Name);
        Assert.IsGreaterThan(0, TrainingMemory.OnGpu(network, 2).Activations, network.Name);

        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var generator = new torch.Generator(3);
        var layout = NetworkLayout.Of(network);
        var (batch, input) = (4, network.Input);
        var statistics = new ChannelStatistics([120, 110, 100], [60, 61, 62]);
        // Of different brightness: to a deep network all noise looks alike.
        var images = torch.randint(0, 256, [batch, 3, input.Height, input.Width], generator: generator).to(torch.ScalarType.Float32) * torch.linspace(0.1, 1, batch).view(batch, 1, 1, 1);
        var normalized = (images - torch.tensor(statistics.Mean).view(1, 3, 1, 1)) / torch.tensor(statistics.StandardDeviation).view(1, 3, 1, 1);

        using var trained = new TorchNetwork(layout, generator);
        Assert.AreEqual(network.GetCost().Parameters, trained.parameters().Sum(parameter => parameter.NumberOfElements), network.Name);
        // Other scales and shifts than the 1 and 0 that it starts with, which would not show which of them a reader takes.
        foreach (var norm in trained.Norms)
        {
            foreach (var tensor in new[] { norm.Scale, norm.Shift })
                tensor.add_(torch.rand(tensor.shape, generator: generator) / 2);
            // The 1 that it starts with is much more than the variance of an untrained network's maps: behind some layers nothing of the image would be left.
            norm.Variance.zero_();
        }
        // Without batch normalisation, kernels as PyTorch draws them make the difference between images 0.4 times as large with each layer; √6 times as large they keep it.
        if (!trained.Norms.Any())
        {
            foreach (var kernel in trained.parameters().Where(parameter => parameter.dim() > 1))
                kernel.mul_(Math.Sqrt(6));
        }
        // Passes in training mode give batch normalisation statistics other than those that it starts with.
        trained.train();
        for (var pass = 0; pass < 20; pass++)
            trained.call(normalized);

        // A network that takes over the weights computes the same, in both memory layouts.
        using var other = new TorchNetwork(layout, generator);
        other.UseChannelsLast();
        other.Import(trained.Export());
        trained.eval();
        other.eval();
        var expected = trained.call(normalized);
        CollectionAssert.AreEqual(new long[] { batch, network.Classes }, expected.shape);
        var scale = 1e-4 * (1 + expected.abs().max().item<float>());
        Assert.IsTrue((expected - expected[0]).abs().max().item<float>() > scale, $"{network.Name}: all images have the same logits, which shows nothing.");
        Assert.IsTrue((expected - other.call(normalized)).abs().max().item<float>() < scale, network.Name);

        using var session = new InferenceSession(OnnxWriter.Classifier(layout, trained.Export(), statistics, []));
        var value = NamedOnnxValue.CreateFromTensor(
            OnnxWriter.ImageInput, new DenseTensor<float>(images.data<float>().ToArray(), [batch, 3, input.Height, input.Width]));
        using var results = session.Run([value]);
        var logits = results.First(result => result.Name == OnnxWriter.LogitsOutput).AsTensor<float>().ToArray();
        var difference = (expected - torch.tensor(logits).view(batch, -1)).abs().max().item<float>();
        Assert.IsTrue(difference < scale, $"{network.Name}: ONNX differs by {difference}");
    }
}
