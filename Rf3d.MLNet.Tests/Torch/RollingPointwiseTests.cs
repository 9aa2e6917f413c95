using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Torch;

[TestClass]
public class RollingPointwiseTests
{
    private delegate Tensor Form(Tensor input, Tensor weight, Tensor? bias);

    [TestMethod]
    [DataRow(12, 12, 2, 0.0)]
    [DataRow(12, 24, 3, 1.0 / 3)]
    [DataRow(12, 12, 3, 0.5, DisplayName = "half overlap, one round")]
    [DataRow(12, 18, 3, 0.5, DisplayName = "half overlap, three rounds")]
    [DataRow(12, 20, 3, 0.5, DisplayName = "filters are no multiple of the windows")]
    [DataRow(12, 5, 2, 0.5, DisplayName = "fewer filters than windows and channels")]
    [DataRow(10, 10, 2, 0.5, DisplayName = "odd width, half of which is no integer")]
    [DataRow(15, 30, 3, 1.0 / 3)]
    [DataRow(12, 12, 2, 0.9, DisplayName = "a step of one channel")]
    [DataRow(21, 42, 3, 0.9)]
    [DataRow(64, 32, 8, 0.5)]
    [DataRow(64, 64, 8, 1.0 / 3)]
    [DataRow(256, 256, 4, 0.5)]
    [DataRow(256, 256, 8, 1.0 / 3)]
    public void Every_form_equals_the_channel_stack(int inputs, int filters, int groups, double overlap)
    {
        var windows = Windows(inputs, filters, groups, overlap);
        foreach (var type in new[] { ScalarType.Float32, ScalarType.Float64 })
        {
            foreach (var (batch, height, width) in new[] { (2, 3, 5), (1, 1, 1) })
            {
                foreach (var channelsLast in new[] { false, true })
                {
                    foreach (var hasBias in new[] { false, true })
                    {
                        using var scope = NewDisposeScope();
                        using var rolling = new RollingPointwise(windows, filters);
                        var pass = new Pass([batch, inputs, height, width], [filters, windows.Width, 1, 1], hasBias, channelsLast, type);
                        var expected = pass.Through((input, weight, bias) => ChannelStack.Convolve(windows, input, weight, bias));
                        foreach (var (name, form) in Forms(rolling, windows, filters))
                            AssertEqual(expected, pass.Through(form), type, $"{name}, {type}, {height}x{width}, channels last: {channelsLast}, bias: {hasBias}");
                    }
                }
            }
        }
    }

    // A device that every machine has.
    [TestMethod]
    public void Its_channel_indices_are_on_the_device_of_the_weights()
    {
        using var scope = NewDisposeScope();
        var windows = Windows(8, 8, 2, 0.5);
        using var channels = new WindowChannels(windows, 8);
        var (here, there) = (zeros(8, windows.Width), zeros([8, windows.Width], device: META));
        var before = channels.On(here);
        Assert.AreSame(before, channels.On(here));
        Assert.AreEqual(DeviceType.CPU, before.device_type);
        var after = channels.On(there);
        Assert.AreEqual(DeviceType.META, after.device_type);
        Assert.AreSame(after, channels.On(there));
        Assert.IsTrue(before.IsInvalid, "The one of before is freed.");
    }

    [TestMethod]
    [DataRow(6, 8, 2, 0.5)]
    [DataRow(6, 6, 2, 1.0 / 3)]
    [DataRow(4, 8, 2, 0.5)]
    public void Every_form_and_the_channel_stack_compute_the_definition(int inputs, int filters, int groups, double overlap)
    {
        using var scope = NewDisposeScope();
        var windows = Windows(inputs, filters, groups, overlap);
        using var generator = new Generator(1);
        var (input, weight, bias) = (randn([2, inputs, 2, 3], generator: generator), randn([filters, windows.Width, 1, 1], generator: generator), randn([filters], generator: generator));
        using var rolling = new RollingPointwise(windows, filters);
        var step = windows.Width - (int)Math.Floor(overlap * windows.Width);
        foreach (var (name, form) in Forms(rolling, windows, filters).Append(("stack", (x, w, b) => ChannelStack.Convolve(windows, x, w, b))))
        {
            var output = form(input, weight, bias);
            for (var filter = 0; filter < filters; filter++)
            {
                for (var pixel = 0; pixel < 12; pixel++)
                {
                    var (image, row, column) = (pixel / 6, pixel % 6 / 3, pixel % 3);
                    var sum = bias[filter].item<float>();
                    for (var j = 0; j < inputs / groups; j++)
                        sum += weight[filter, j, 0, 0].item<float>() * input[image, ((filter * step) + j) % inputs, row, column].item<float>();
                    Assert.AreEqual(sum, output[image, filter, row, column].item<float>(), 1e-5f, $"{name}, filter {filter}, pixel {pixel}");
                }
            }
        }
    }

    [TestMethod]
    public void A_window_one_channel_off_does_not_go_unnoticed()
    {
        using var scope = NewDisposeScope();
        var windows = Windows(12, 12, 3, 0.5);
        using var rolling = new RollingPointwise(windows with { Step = windows.Step + 1 }, 12);
        var pass = new Pass([2, 12, 3, 5], [12, windows.Width, 1, 1], bias: true, channelsLast: false, ScalarType.Float32);
        var expected = pass.Through((input, weight, bias) => ChannelStack.Convolve(windows, input, weight, bias));
        Assert.Throws<AssertFailedException>(() => AssertEqual(expected, pass.Through(rolling.forward), ScalarType.Float32, ""));
    }

    [TestMethod]
    public void Every_form_keeps_the_memory_layout()
    {
        using var scope = NewDisposeScope();
        var windows = Windows(64, 64, 4, 0.5);
        using var rolling = new RollingPointwise(windows, 64);
        foreach (var channelsLast in new[] { false, true })
        {
            var pass = new Pass([2, 64, 4, 3], [64, windows.Width, 1, 1], bias: true, channelsLast, ScalarType.Float32);
            foreach (var (name, form) in Forms(rolling, windows, 64).Append(("stack", (x, w, b) => ChannelStack.Convolve(windows, x, w, b))))
            {
                var (output, inputGradient, _, _) = pass.Through(form);
                Assert.AreEqual(channelsLast, output.IsChannelsLast(), name);
                if (name != "stack")
                    Assert.AreEqual(channelsLast, inputGradient.IsChannelsLast(), $"{name}, gradient");
            }
        }
    }

    [TestMethod]
    public void The_form_depends_on_channels_groups_overlap_and_size_and_the_result_does_not()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        foreach (var (channels, groups, overlap, batch, halves) in new[]
        {
            (512, 4, 0.5, 16, true), (512, 8, 0.5, 16, true), (512, 2, 0.5, 16, false), (512, 4, 1.0 / 3, 16, false), (256, 4, 0.5, 32, false), (512, 4, 0.5, 1, false),
            (512, 4, 0.5, 1024, false),
        })
        {
            using var configuration = NewDisposeScope();
            var windows = Windows(channels, channels, groups, overlap);
            using var rolling = new RollingPointwise(windows, channels);
            var input = randn([batch, channels, 4, 4], generator: generator);
            Assert.AreEqual(halves, rolling.IsFasterInHalves(input), $"{channels} channels, {groups} groups, overlap {overlap}, batch {batch}");
            if (batch > 16)
                continue;
            var weight = randn([channels, windows.Width, 1, 1], generator: generator);
            var difference = (rolling.call(input, weight, null) - rolling.Dense(input, weight, null)).abs().max().item<float>();
            Assert.IsLessThan(1e-3f, difference);
        }
    }

    [TestMethod]
    [DataRow(64, 0.5)]
    [DataRow(512, 0.5)]
    [DataRow(64, 1.0 / 3)]
    public void A_module_of_double_precision_trains(int channels, double overlap)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var layer = new RollingPointwiseConvolution { Filters = channels, Groups = 4, Overlap = overlap, Bias = true };
        var shape = new TensorShape(channels, 4, 4);
        using var module = new ConvLayerModule(new LayerNode("rolling", layer, shape, shape), generator);
        module.to(ScalarType.Float64);
        var input = randn([2, channels, 4, 4], ScalarType.Float64, generator: generator).requires_grad_();
        var output = module.call(input);
        output.square().sum().backward();
        Assert.AreEqual(ScalarType.Float64, output.dtype);
        Assert.IsTrue(module.parameters().All(parameter => parameter.grad is { dtype: ScalarType.Float64 }));
    }

    private static RollingWindows Windows(int inputs, int filters, int groups, double overlap) =>
        RollingWindows.Of(new RollingPointwiseConvolution { Filters = filters, Groups = groups, Overlap = overlap }, inputs);

    private static IEnumerable<(string Name, Form Form)> Forms(RollingPointwise rolling, RollingWindows windows, int filters)
    {
        yield return ("forward", rolling.forward);
        yield return ("dense", rolling.Dense);
        if (windows.Step * 2 == windows.Width && filters % windows.Count == 0)
            yield return ("halves", rolling.Halves);
    }

    private static void AssertEqual(Results expected, Results actual, ScalarType type, string form)
    {
        AssertClose(expected.Output, actual.Output, "output");
        AssertClose(expected.InputGradient, actual.InputGradient, "input gradient");
        AssertClose(expected.WeightGradient, actual.WeightGradient, "weight gradient");
        if (expected.BiasGradient is not null)
            AssertClose(expected.BiasGradient, actual.BiasGradient!, "bias gradient");

        void AssertClose(Tensor one, Tensor other, string what)
        {
            CollectionAssert.AreEqual(one.shape, other.shape, $"{form}: {what}");
            Assert.AreEqual(type, other.dtype, $"{form}: {what}");
            var scale = one.abs().max().to(ScalarType.Float64).item<double>();
            var difference = (one - other).abs().max().to(ScalarType.Float64).item<double>();
            Assert.IsGreaterThan(0, scale, $"{form}: {what} is all zeros");
            Assert.IsLessThan(scale * (type == ScalarType.Float64 ? 1e-12 : 1e-5), difference, $"{form}: {what}");
        }
    }

    private sealed record Results(Tensor Output, Tensor InputGradient, Tensor WeightGradient, Tensor? BiasGradient);

    /// <summary>Random input, weights and gradient of the output; the same for every form that goes through.</summary>
    private sealed class Pass
    {
        private readonly Tensor _input;
        private readonly Tensor _weight;
        private readonly Tensor? _bias;
        private readonly Tensor _gradient;

        public Pass(long[] input, long[] weight, bool bias, bool channelsLast, ScalarType type)
        {
            using var generator = new Generator(1);
            _input = Laid(randn(input, type, generator: generator));
            _weight = randn(weight, type, generator: generator);
            _bias = bias ? randn([weight[0]], type, generator: generator) : null;
            _gradient = Laid(randn([input[0], weight[0], .. input[2..]], type, generator: generator));

            Tensor Laid(Tensor images) => channelsLast ? images.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : images;
        }

        public Results Through(Form form)
        {
            var (input, weight, bias) = (Leaf(_input), Leaf(_weight), _bias is null ? null : Leaf(_bias));
            var output = form(input, weight, bias);
            output.backward([_gradient]);
            return new(output.detach(), input.grad!, weight.grad!, bias?.grad);

            // An alias, which keeps the strides, with a gradient of its own.
            static Tensor Leaf(Tensor values) => values.alias().detach().requires_grad_();
        }
    }
}
