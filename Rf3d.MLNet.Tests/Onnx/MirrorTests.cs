using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Rf3d.Planning;
using TorchSharp;

namespace Rf3d.MLNet.Tests.Onnx;

/// <summary>Graphs that score an image together with its mirror image, against TorchSharp's mean of both.</summary>
[TestClass]
public class MirrorTests
{
    private static readonly ChannelStatistics Statistics = new([120, 110, 100], [60, 61, 62]);

    private static readonly ConvNet Pooled = new()
    {
        Name = "pooled",
        Input = new TensorShape(3, 9, 14),
        Classes = 5,
        Stages = [Stage.Repeat(Block.Convolution(8), 1, new MaxPool(2, 2)), Stage.Repeat(new Block { Layers = [new ChannelShuffle { Groups = 2 }, new Convolution { Filters = 8 }] }, 1)],
    };

    public static IEnumerable<object[]> Networks =>
    [
        [Pooled],
        [Pooled with { Name = "flat, with a hidden layer", Head = new Head { Pooling = HeadPooling.Flatten, HiddenLayers = [6] } }],
    ];

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void The_classifier_gives_the_mean_of_the_logits(ConvNet network)
    {
        using var scope = torch.NewDisposeScope();
        var (layout, weights, images, expected) = Expect(network, 4);
        var logits = Run(OnnxWriter.Classifier(layout, weights, Statistics, [], mirror: true), OnnxWriter.ImageInput, OnnxWriter.LogitsOutput, images);
        Training.RecipeFixture.AssertClose(expected, logits, 1e-4);
    }

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void The_backbone_gives_features_whose_linear_layer_gives_the_mean_of_the_logits(ConvNet network)
    {
        using var scope = torch.NewDisposeScope();
        var (layout, weights, images, expected) = Expect(network, 1);
        var features = Run(OnnxWriter.Backbone(layout, weights, Statistics, "pixels", "features", mirror: true), "pixels", "features", images);
        var (head, bias) = (weights[layout.Classifier.Name + WeightTable.Weight], weights[layout.Classifier.Name + WeightTable.Bias]);
        var logits = torch.nn.functional.linear(torch.tensor(features), torch.tensor(head.Values).reshape(head.Shape), torch.tensor(bias.Values));
        Training.RecipeFixture.AssertClose(expected, logits, 1e-4);
    }

    private static (NetworkLayout Layout, WeightTable Weights, torch.Tensor Images, float[] Logits) Expect(ConvNet network, int count)
    {
        using var noGradient = torch.no_grad();
        using var generator = new torch.Generator(3);
        var layout = NetworkLayout.Of(network);
        using var module = new TorchNetwork(layout, generator);
        module.eval();
        // Brighter from left to right, so that a mirror image has other logits.
        var ramp = torch.linspace(0, 1, network.Input.Width).view(1, 1, 1, network.Input.Width);
        var images = torch.randint(0, 256, [count, 3, network.Input.Height, network.Input.Width], torch.ScalarType.Float32, generator: generator).mul(ramp.mul(ramp));
        var normalized = (images - torch.tensor(Statistics.Mean).view(1, 3, 1, 1)) / torch.tensor(Statistics.StandardDeviation).view(1, 3, 1, 1);
        var alone = module.call(normalized);
        var logits = (alone + module.call(normalized.flip(3))) / 2;
        Assert.IsGreaterThan(1e-3f, (logits - alone).abs().max().item<float>(), "The image alone has these logits, too, which shows nothing.");
        return (layout, module.Export(), images, logits.contiguous().data<float>().ToArray());
    }

    private static float[] Run(byte[] model, string input, string output, torch.Tensor images)
    {
        using var session = new InferenceSession(model);
        var value = NamedOnnxValue.CreateFromTensor(
            input, new DenseTensor<float>(images.data<float>().ToArray(), [.. images.shape.Select(length => (int)length)]));
        using var results = session.Run([value]);
        return results.First(result => result.Name == output).AsTensor<float>().ToArray();
    }
}
