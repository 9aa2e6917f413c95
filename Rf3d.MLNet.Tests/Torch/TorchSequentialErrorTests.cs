using Rf3d.Planning;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Rf3d.MLNet.Tests.Torch;

/// <summary>Modules that cannot be described are errors with the name of the layer and the supported forms.</summary>
[TestClass]
public class TorchSequentialErrorTests
{
    private static readonly TensorShape Input = new(3, 32, 32);

    public static IEnumerable<(string Case, Func<Module<Tensor, Tensor>[]> Layers, string[] Words)> Cases =>
    [
        ("unknown", () => [Conv(), GELU()], ["'1' (GELU)", "Supported are Conv2d"]),
        ("transposed", () => [ConvTranspose2d(3, 8, 3)], ["'0' (ConvTranspose2d)"]),
        ("one-dimensional", () => [Conv1d(3, 8, 3)], ["'0' (Conv1d)"]),
        ("padding mode", () => [Conv2d(3, 8, 3, padding: 1, padding_mode: PaddingModes.Reflect)], ["'0' (Conv2d)", "Reflect"]),
        ("asymmetric", () => [Conv2d(3, 8, 2, padding: Padding.Same)], ["'0' (Conv2d)", "on one side"]),
        ("channels", () => [Conv(), Conv()], ["'1' (Conv2d)", "takes 3 channels and gets 8"]),
        ("too small", () => [Conv2d(3, 8, 40)], ["'0' (Conv2d)", "at least 40 pixels"]),
        ("groups of a shuffle", () => [Conv(), TorchSharp.torch.nn.ChannelShuffle(3)], ["'1' (ChannelShuffle)", "3 groups"]),
        ("norm first", () => [BatchNorm2d(3)], ["'0' (BatchNorm2d)", "does not directly follow"]),
        ("norm after activation", () => [Conv(), ReLU(), BatchNorm2d(8)], ["'2' (BatchNorm2d)", "does not directly follow"]),
        ("norm of other channels", () => [Conv(), BatchNorm2d(9)], ["'1' (BatchNorm2d)", "9 channels and gets 8"]),
        ("eps", () => [Conv(), BatchNorm2d(8, 1e-3)], ["'1' (BatchNorm2d)", "an eps of 0.001"]),
        ("affine", () => [Conv(), BatchNorm2d(8, affine: false)], ["'1' (BatchNorm2d)", "affine"]),
        ("statistics", () => [Conv(), BatchNorm2d(8, track_running_stats: false)], ["'1' (BatchNorm2d)", "running statistics"]),
        ("two activations", () => [Conv(), ReLU(), Tanh()], ["'2' (Tanh)", "another activation"]),
        ("activation after pool", () => [Conv(), MaxPool2d(2), ReLU()], ["'2' (ReLU)", "does not follow a convolution"]),
        ("activation first", () => [ReLU(), Conv()], ["'0' (ReLU)", "does not follow a convolution"]),
        ("slope", () => [Conv(), LeakyReLU(0.2)], ["'1' (LeakyReLU)", "0.2", "0.01"]),
        ("pool first", () => [MaxPool2d(2), Conv()], ["'0' (MaxPool2d)", "before any convolution"]),
        ("two pools", () => [Conv(), MaxPool2d(2), AvgPool2d(2)], ["'2' (AvgPool2d)", "another pooling"]),
        ("ceil mode", () => [Conv(), MaxPool2d(3, 2, ceil_mode: true)], ["'1' (MaxPool2d)", "ceil_mode", "32x32x8"]),
        ("dilated pool", () => [Conv(), MaxPool2d(2, dilation: 2)], ["'1' (MaxPool2d)", "dilated"]),
        ("padding not counted", () => [Conv(), AvgPool2d(3, 2, 1, count_include_pad: false)], ["'1' (AvgPool2d)", "count_include_pad"]),
        ("adaptive", () => [Conv(), AdaptiveAvgPool2d(7)], ["'1' (AdaptiveAvgPool2d)", "7x7"]),
        ("dropout among maps", () => [Conv(), Dropout(0.5)], ["'1' (Dropout)"]),
        ("dropout before a hidden layer", () => [Conv(), Flatten(), Dropout(0.5), Linear(8192, 4), ReLU(), Linear(4, 4)], ["'2' (Dropout)", "before a hidden linear layer"]),
        ("shares", () => [Conv(), Flatten(), Linear(8192, 4), ReLU(), Dropout(0.5), Linear(4, 4), ReLU(), Linear(4, 4)], ["'5' (Linear)", "by one of 0.5", "one share"]),
        ("no flatten", () => [Conv(), Linear(32, 4)], ["'1' (Linear)", "flatten"]),
        ("no linear", () => [Conv(), AdaptiveAvgPool2d(1)], ["'1' (AdaptiveAvgPool2d)", "no linear layer"]),
        ("features", () => [Conv(), Flatten(), Linear(100, 4)], ["'2' (Linear)", "takes 100 values and gets 8192"]),
        ("no bias", () => [Conv(), Flatten(), Linear(8192, 4, hasBias: false)], ["'2' (Linear)", "bias"]),
        ("no activation between", () => [Conv(), Flatten(), Linear(8192, 4), Linear(4, 4)], ["'3' (Linear)", "ReLU"]),
        ("other activation between", () => [Conv(), Flatten(), Linear(8192, 4), Tanh(), Linear(4, 4)], ["'3' (Tanh)", "ReLU"]),
        ("activation at the end", () => [Conv(), Flatten(), Linear(8192, 4), ReLU()], ["'3' (ReLU)", "last linear layer"]),
        ("softmax", () => [Conv(), Flatten(), Linear(8192, 4), Softmax(1)], ["'3' (Softmax)", "loss"]),
        ("convolution at the end", () => [Conv(), Flatten(), Conv()], ["'2' (Conv2d)", "became a vector"]),
        ("other flatten", () => [Conv(), Flatten(2)], ["'1' (Flatten)", "start_dim"]),
        ("nothing", () => [Identity()], ["no convolution"]),
        ("nested", () => [Sequential(("block", Sequential(("odd", (Module<Tensor, Tensor>)Softplus()))))], ["'0.block.odd' (Softplus)"]),
        ("overridden forward", () => [Conv(), new Doubled()], ["'1' (Doubled)", "overrides forward"]),
    ];

    [TestMethod]
    [DynamicData(nameof(CaseNames))]
    public void A_layer_that_is_not_understood_is_named(string name)
    {
        using var scope = NewDisposeScope();
        var (_, layers, words) = Cases.First(given => given.Case == name);
        var error = Assert.ThrowsExactly<ArgumentException>(() => TorchSequential.Describe(Sequential(layers()), Input));
        foreach (var word in words)
            StringAssert.Contains(error.Message, word);
        Assert.AreEqual("network", error.ParamName);
    }

    public static IEnumerable<object[]> CaseNames => Cases.Select(given => new object[] { given.Case });

    [TestMethod]
    public void Stages_that_are_not_valid_alone_are_named()
    {
        using var scope = NewDisposeScope();
        StringAssert.Contains(Fail([Sequential(Conv(), MaxPool2d(2), Conv2d(8, 8, 3))]), "'stages.0.2' (Conv2d) follows a pooling");
        StringAssert.Contains(Fail([Sequential(Conv()), Sequential(MaxPool2d(2))]), "'stages.1' has no convolution");
        StringAssert.Contains(Fail([Sequential(Conv()), Sequential(MaxPool2d(2), Conv())]), "'stages.1.1' (Conv2d) takes 3 channels");
        StringAssert.Contains(Fail([]), "At least one stage");
        StringAssert.Contains(Fail([null!]), "null");
        StringAssert.Contains(Fail([Sequential(Conv())], Sequential(Linear(77, 3))), "77");
        Assert.ThrowsExactly<ArgumentNullException>(() => TorchSequential.Describe((Sequential)null!, Input));
        Assert.ThrowsExactly<ArgumentNullException>(() => TorchSequential.Build(null!));

        static string Fail(Sequential[] stages, Sequential? classifier = null) =>
            Assert.ThrowsExactly<ArgumentException>(() => TorchSequential.Describe(stages, Input, classifier)).Message;
    }

    [TestMethod]
    [DataRow(0, 32, 32)]
    [DataRow(3, -1, 32)]
    [DataRow(3, 32, int.MaxValue)]
    public void An_input_that_is_no_image_is_refused(int channels, int height, int width)
    {
        using var scope = NewDisposeScope();
        Assert.ThrowsExactly<ArgumentException>(() => TorchSequential.Measure(Sequential(Conv()), new TensorShape(channels, height, width)));
    }

    private static Conv2d Conv() => Conv2d(3, 8, 3, padding: 1);

    private sealed class Doubled() : Sequential(ReLU())
    {
        public override Tensor forward(Tensor tensor) => base.forward(tensor) * 2;
    }
}
