using Rf3d.Planning;
using TorchSharp;

namespace Rf3d.MLNet.Tests.Torch;

[TestClass]
public class LayerModuleTests
{
    [TestMethod]
    public void A_strided_pointwise_kernel_equals_libtorchs_own()
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(1);
        foreach (var stride in new[] { new Size2D(2, 2), new Size2D(1, 3), new Size2D(3, 2) })
        {
            var layer = new Convolution { Filters = 6, Size = 1, Stride = stride, BatchNorm = false, Activation = Activation.None };
            using var module = new ConvLayerModule(Node(layer, new TensorShape(20, 13, 10)), generator);
            var input = torch.randn([2, 20, 13, 10], generator: generator);
            var expected = torch.nn.functional.conv2d(input, module.WeightParameter, strides: [stride.Height, stride.Width]);
            Assert.IsLessThan(1e-4f, (expected - module.call(input)).abs().max().item<float>());
        }
    }

    [TestMethod]
    public void A_strided_pointwise_kernel_of_few_channels_trains_without_harm_to_memory()
    {
        // In libtorch's own form this ends the process.
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(1);
        var layer = new Convolution { Filters = 16, Size = 1, Stride = 2 };
        using var module = new ConvLayerModule(Node(layer, new TensorShape(8, 56, 56)), generator);
        for (var step = 0; step < 5; step++)
        {
            using var stepScope = torch.NewDisposeScope();
            var input = torch.randn([8, 56, 56, 8], generator: generator).permute(0, 3, 1, 2).requires_grad_();
            module.call(input).square().sum().backward();
            Assert.IsTrue(torch.isfinite(input.grad!).all().item<bool>());
        }
    }

    [TestMethod]
    public void A_network_moves_with_all_of_its_weights()
    {
        // Moving to a GPU replaces parameters and buffers one by one, as a change of type does; one that stays behind would fail the pass.
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(1);
        using var network = new TorchNetwork(NetworkLayout.Of(ConvNetFactory.Create(Architecture.ResNet18Slim, 16, 16, 3, 0.25)), generator);
        var input = torch.randn([4, 3, 16, 16], generator: generator);
        network.eval();
        var expected = network.call(input);
        network.to(torch.ScalarType.Float64);
        var moved = network.call(input.to(torch.ScalarType.Float64));
        Assert.AreEqual(torch.ScalarType.Float64, moved.dtype);
        Assert.IsLessThan(1e-4, (expected - moved).abs().max().item<double>());
        network.train();
        network.call(input.to(torch.ScalarType.Float64)).sum().backward();
        Assert.IsTrue(network.parameters().All(parameter => parameter.grad is { dtype: torch.ScalarType.Float64 }));
    }

    private static LayerNode Node(Convolution layer, TensorShape input)
    {
        var network = new ConvNet { Input = input, Classes = 2, Stages = [new Stage { Blocks = [new Block { Layers = [layer] }] }] };
        return NetworkLayout.Of(network).Stages[0].Blocks[0].Layers[0];
    }
}
