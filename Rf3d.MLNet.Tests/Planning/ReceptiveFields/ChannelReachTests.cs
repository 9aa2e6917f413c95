using Rf3d.Planning;
using TorchSharp;

namespace Rf3d.MLNet.Tests.Planning.ReceptiveFields;

/// <summary>The bit sets of <see cref="ChannelReach"/> against gradients through the TorchSharp modules, and against the closed forms of Eq. 6.</summary>
[TestClass]
public class ChannelReachTests
{
    private const int Chains = 150;

    [TestMethod]
    public void Random_chains_reach_the_channels_that_gradients_reach()
    {
        var random = new Random(5);
        using var generator = new torch.Generator(5);
        var partial = 0;
        for (var chain = 0; chain < Chains; chain++)
        {
            var network = RandomChain(random);
            var layout = NetworkLayout.Of(network);
            var reach = ChannelReach.Start(network.Input.Channels);
            foreach (var block in layout.Stages[0].Blocks)
                reach = After(reach, block);
            var expected = Gradients(layout, generator);
            Assert.AreEqual(expected.Length, reach.Channels);
            var fewest = int.MaxValue;
            for (var channel = 0; channel < expected.Length; channel++)
            {
                for (var input = 0; input < network.Input.Channels; input++)
                    Assert.AreEqual(expected[channel][input], reach.Sees(channel, input), $"chain {chain}, channel {channel}, input {input}: {network.ToJson()}");
                fewest = Math.Min(fewest, expected[channel].Count(seen => seen));
            }
            Assert.AreEqual(fewest, reach.Least);
            Assert.AreEqual(fewest, NetworkReceptiveField.Measure(network).Stages[0].Blocks[^1].Field.Channels);
            partial += fewest < network.Input.Channels ? 1 : 0;
        }
        // Chains that see everything would prove little.
        Assert.IsGreaterThan(Chains / 4, partial);
    }

    [TestMethod]
    public void Standard_pointwise_depthwise_and_first_grouped_kernels_agree_with_their_closed_forms()
    {
        var input = new TensorShape(64, 16, 16);
        Layer[][] exact =
        [
            [new Convolution { Filters = 32 }],
            [new Convolution { Filters = 128, Size = 1 }, new DepthwiseConvolution()],
            [new DepthwiseConvolution(), new DepthwiseConvolution { Size = 5 }],
            [new DepthwiseConvolution(), new Convolution { Filters = 64, Groups = 8 }],
            [new RollingPointwiseConvolution { Filters = 64, Groups = 4 }],
            // A shuffle brings different groups together, as the closed form supposes.
            [new Convolution { Filters = 64, Size = 1, Groups = 16 }, new ChannelShuffle { Groups = 16 }, new Convolution { Filters = 64, Size = 1, Groups = 8 }],
        ];
        foreach (var chain in exact)
            Assert.AreEqual(Closed(chain, input), Walk(chain, input).Channels, LayerNames(chain));
    }

    [TestMethod]
    public void Where_the_closed_form_is_a_bound_only_the_exact_reach_decides()
    {
        var input = new TensorShape(64, 16, 16);
        Layer[] unshuffled = [new Convolution { Filters = 64, Size = 1, Groups = 4 }, new Convolution { Filters = 64, Size = 1, Groups = 4 }];
        Assert.AreEqual(64, Closed(unshuffled, input));
        Assert.AreEqual(16, Walk(unshuffled, input).Channels);
        // Two windows of 2 channels that share one see 3 channels, not 4.
        var rolling = new RollingPointwiseConvolution { Filters = 64, Groups = 32 };
        Assert.AreEqual(4, Closed([rolling, rolling], input));
        Assert.AreEqual(3, Walk([rolling, rolling], input).Channels);
    }

    [TestMethod]
    public void Shortcuts_add_the_channels_that_the_input_sees()
    {
        // Each kernel alone keeps the channel, the shuffle swaps it: with the shortcut an output sees two channels.
        var block = new Block { Layers = [new ChannelShuffle { Groups = 4 }, new DepthwiseConvolution()], Residual = true };
        var network = Network(16, block);
        var reach = After(ChannelReach.Start(16), NetworkLayout.Of(network).Stages[0].Blocks[0]);
        Assert.IsTrue(reach.Sees(1, 1) && reach.Sees(1, 4));
        Assert.IsFalse(reach.Sees(1, 0));
        // Channels 0 and 15 stay where they are.
        Assert.AreEqual(1, reach.Least);
    }

    [TestMethod]
    public void A_hundred_and_fifty_layers_of_2048_channels_are_followed_to_the_end()
    {
        // Windows of 4 channels that move by 1: each layer sees 3 channels more.
        var reach = ChannelReach.Start(2048);
        for (var layer = 0; layer < 150; layer++)
            reach = reach.After(new RollingPointwiseConvolution { Filters = 2048, Groups = 512, Overlap = 0.75 });
        Assert.AreEqual(1 + (150 * 3), reach.Least);
    }

    private static long Closed(IEnumerable<Layer> chain, TensorShape input)
    {
        var (field, shape) = (ReceptiveField.Start, input);
        foreach (var layer in chain)
        {
            field = field.After(layer, shape.Channels, input, ReceptiveFieldClamping.Clamped);
            shape = shape.After(layer);
        }
        return field.Channels;
    }

    private static ReceptiveField Walk(IEnumerable<Layer> chain, TensorShape input)
    {
        var walk = new FieldWalk(input, ReceptiveFieldClamping.Clamped);
        foreach (var layer in chain)
            walk.Pass(layer);
        return walk.Field;
    }

    private static string LayerNames(IEnumerable<Layer> chain) => string.Join(", ", chain);

    private static ChannelReach After(ChannelReach reach, BlockNode block)
    {
        var output = block.Layers.Aggregate(reach, (reach, node) => reach.After(node.Layer));
        return block.Block.Residual ? output.Plus(block.Projection is null ? reach : reach.After(block.Projection.Layer)) : output;
    }

    private static ConvNet Network(int channels, params Block[] blocks) =>
        new() { Input = new TensorShape(channels, 5, 5), Classes = 0, Stages = [new Stage { Blocks = [.. blocks] }], Head = null };

    private static ConvNet RandomChain(Random random)
    {
        var inputs = 8 * random.Next(1, 6);
        var channels = inputs;
        var blocks = new List<Block>();
        for (var block = random.Next(1, 4); block > 0; block--)
        {
            var layers = new List<Layer>();
            for (var kernel = random.Next(1, 5); kernel > 0; kernel--)
            {
                var next = RandomLayer(random, channels);
                layers.Add(next);
                channels = new TensorShape(channels, 5, 5).After(next).Channels;
            }
            blocks.Add(new Block { Layers = [.. layers], Residual = random.Next(3) == 0, SumActivation = Activation.None });
        }
        return Network(inputs, [.. blocks]);
    }

    private static Layer RandomLayer(Random random, int channels)
    {
        var divisors = Enumerable.Range(2, channels - 1).Where(groups => channels % groups == 0).ToArray();
        var groups = divisors[random.Next(divisors.Length)];
        var filters = groups * random.Next(1, Math.Max(2, 48 / groups));
        // After kernels that see everything nothing else can differ, so they are rare.
        return random.Next(12) switch
        {
            0 => new Convolution { Filters = filters, Size = 1, BatchNorm = false, Activation = Activation.None },
            1 or 2 => new DepthwiseConvolution { BatchNorm = false, Activation = Activation.None },
            3 or 4 or 5 => new Convolution { Filters = filters, Size = random.Next(2) == 0 ? 1 : 3, Groups = groups, BatchNorm = false, Activation = Activation.None },
            6 or 7 => new ChannelShuffle { Groups = groups },
            _ => new RollingPointwiseConvolution
            {
                Filters = Math.Max(2, random.Next(2, 48) / 2 * 2),
                Groups = groups,
                Overlap = random.Next(4) switch { 0 => 0, 1 => 1 / 3d, 2 => 0.5, _ => 0.8 },
                BatchNorm = false,
                Activation = Activation.None,
            },
        };
    }

    /// <summary>Which inputs have a gradient from each output channel, through modules whose weights are all positive.</summary>
    private static bool[][] Gradients(NetworkLayout layout, torch.Generator generator)
    {
        using var scope = torch.NewDisposeScope();
        using var network = new TorchNetwork(layout, generator);
        using (torch.no_grad())
        {
            foreach (var parameter in network.parameters())
                parameter.fill_(1);
        }
        // The projection has batch normalisation, which in evaluation divides by a constant.
        network.eval();
        var shape = layout.Network.Input;
        var input = torch.ones([1, shape.Channels, shape.Height, shape.Width], dtype: torch.ScalarType.Float64).requires_grad_();
        network.to(torch.ScalarType.Float64);
        var output = network.call(input);
        var reached = new bool[output.shape[1]][];
        for (var channel = 0; channel < reached.Length; channel++)
        {
            var gradient = torch.autograd.grad([output[0, channel].sum()], [input], retain_graph: true)[0];
            reached[channel] = [.. gradient.abs().sum([0, 2, 3]).data<double>().ToArray().Select(value => value > 0)];
        }
        return reached;
    }
}
