using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Rf3d.MLNet.OnnxFormat;
using Rf3d.MLNet.Tests.Pretrained;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Onnx;

/// <summary>Graphs that begin with the middle of the images, and with a mean image: written, run, and read again.</summary>
[TestClass]
public class CropStepTests
{
    private static readonly Size2D Resized = new(20, 26);

    private static readonly ConvNet Network = new()
    {
        Name = "net",
        Input = new TensorShape(3, 16, 18),
        Classes = 4,
        Stages = [Stage.Repeat(Block.Convolution(6), 1, new MaxPool(2, 2))],
        Head = new Head(),
    };

    private static readonly InputSteps Cropped = InputSteps.None.Then(new CropStep(Resized, new(16, 18)));
    private static readonly NetworkLayout Layout = NetworkLayout.Of(Network);
    private static readonly ChannelStatistics Means = new([120, 110, 100], [1, 1, 1]);

    private static readonly ChannelStatistics Image =
        Means with { MeanImage = [.. Enumerable.Range(0, 3 * 16 * 18).Select(i => (float)(i % 200))] };

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void It_computes_the_logits_of_the_middle_alone(bool hasMeanImage)
    {
        var (weights, statistics) = (RandomWeights.Of(Layout), hasMeanImage ? Image : Means);
        var images = new DenseTensor<float>([2, 3, 20, 26]);
        var middle = new DenseTensor<float>([2, 3, 16, 18]);
        var random = new Random(3);
        for (var i = 0; i < images.Length; i++)
            images.SetValue(i, random.Next(256));
        for (var i = 0; i < middle.Length; i++)
        {
            var (image, channel, y, x) = (i / (3 * 16 * 18), i / (16 * 18) % 3, i / 18 % 16, i % 18);
            middle.SetValue(i, images[image, channel, y + 2, x + 4] - (hasMeanImage ? statistics.MeanImage![i % (3 * 16 * 18)] : statistics.Mean[channel]));
        }
        var expected = Logits(OnnxWriter.Classifier(Layout, weights, new([0, 0, 0], [1, 1, 1]), []), middle);
        var actual = Logits(OnnxWriter.Classifier(Layout, weights, statistics, [], before: Cropped), images);
        foreach (var (first, second) in expected.Zip(actual))
            Assert.AreEqual(first, second, 1e-3);
    }

    [TestMethod]
    public void It_is_read_again_as_pretrained_weights_with_crop_and_mean_image()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["net.onnx"], OnnxWriter.Classifier(Layout, RandomWeights.Of(Layout), Image, [], before: Cropped));
        var read = PretrainedReader.Open(folder["net.onnx"]);
        Assert.AreEqual(Network.Input, read.Network.Input);
        CollectionAssert.AreEqual(Image.MeanImage, read.Input.MeanImage);
        // Only a mean is subtracted: pixels are still from 0 to 255.
        CollectionAssert.AreEqual(new float[] { 1, 1, 1 }, read.Input.Statistics.StandardDeviation);
        Assert.AreEqual(16 / 20.0, read.Input.CropShare, 1e-9);
        Assert.AreEqual(20, read.Input.ShortSide(16));
        CollectionAssert.AreEqual(Image.MeanImage, read.Input.StatisticsFor(16, 18).MeanImage);
        Assert.IsNull(read.Input.StatisticsFor(32, 32).MeanImage);

        File.WriteAllBytes(folder["means.onnx"], OnnxWriter.Classifier(Layout, RandomWeights.Of(Layout), Means, []));
        read = PretrainedReader.Open(folder["means.onnx"]);
        CollectionAssert.AreEqual(Means.Mean, read.Input.Statistics.Mean);
        Assert.AreEqual(1, read.Input.CropShare);
    }

    [TestMethod]
    public void Another_part_than_the_middle_is_an_error()
    {
        var model = ModelProto.Parser.ParseFrom(OnnxWriter.Classifier(Layout, RandomWeights.Of(Layout), Means, [], before: Cropped));
        var starts = model.Graph.Initializer.Single(tensor => tensor.Name == "crop.starts");
        starts.RawData = ByteString.CopyFrom([0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0]);
        using var file = new MemoryStream(model.ToByteArray());
        var error = Assert.ThrowsExactly<FormatException>(() => OnnxNetwork.ReadWithWeights(file, "The file"));
        Assert.Contains("cuts rows 0 to 18 and columns 4 to 22 out of images of 20x26", error.Message);
    }

    private static float[] Logits(byte[] model, DenseTensor<float> images)
    {
        using var session = new InferenceSession(model);
        using var results = session.Run([NamedOnnxValue.CreateFromTensor(OnnxWriter.ImageInput, images)]);
        return [.. results.Single(result => result.Name == OnnxWriter.LogitsOutput).AsTensor<float>()];
    }
}
