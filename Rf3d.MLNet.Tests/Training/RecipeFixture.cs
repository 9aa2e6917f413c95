using Rf3d.MLNet.Tests.Images;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training;

/// <summary>Settings, images and a network as small as they come, for the parts of the training recipe.</summary>
internal static class RecipeFixture
{
    public static TrainingSettings Settings => new(
        new()
        {
            BatchSize = 8,
            Epoch = 10,
            LearningRate = 0.1,
            LearningRateSchedule = LearningRateSchedule.Constant,
            Optimizer = TrainingOptimizer.Sgd,
            WeightDecay = 0.1,
            Reparameterization = false,
            LabelSmoothing = 0,
            RandomCrop = false,
            RandomFlip = false,
        },
        Seed: 1,
        CPU);

    /// <summary>Convolution with batch normalisation and a linear layer: weights, scales, shifts and biases.</summary>
    public static TorchNetwork Network(Generator generator, int classes = 4, int size = 8) => new(
        NetworkLayout.Of(new ConvNet
        {
            Name = "tiny",
            Input = new TensorShape(3, size, size),
            Classes = classes,
            Stages = [Stage.Repeat(Block.Convolution(4), 1)],
        }),
        generator);

    /// <summary>Random bytes, their labels in turn.</summary>
    public static ImageSet Images(int count, int height = 8, int width = 8, int classes = 4)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        return ImageSets.Of(
            randint(0, 256, [count, height, width, 3], ScalarType.Byte, generator: generator),
            arange(count, ScalarType.Int64).remainder(classes));
    }

    public static float[] Values(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().to(ScalarType.Float32).contiguous().data<float>().ToArray();
    }

    public static void AssertClose(float[] expected, Tensor actual, double tolerance = 1e-5) => AssertClose(expected, actual.Values(), tolerance);

    public static void AssertClose(float[] expected, float[] actual, double tolerance = 1e-5)
    {
        Assert.HasCount(expected.Length, actual);
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], tolerance, $"value {i}");
    }
}
