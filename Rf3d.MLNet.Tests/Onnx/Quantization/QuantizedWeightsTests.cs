namespace Rf3d.MLNet.Tests.Onnx.Quantization;

[TestClass]
public class QuantizedWeightsTests
{
    private const float InputScale = 0.02f;

    [TestMethod]
    [DataRow(8, 127)]
    [DataRow(7, 63)]
    public void Weights_and_biases_are_within_half_a_step(int bits, int largest)
    {
        const int channels = 5, length = 12;
        var random = new Random(1);
        // Channels of very different sizes: a common scale would make nothing of the small ones.
        var weights = Enumerable.Range(0, channels * length).Select(i => (random.NextSingle() - 0.5f) * MathF.Pow(10, i / length)).ToArray();
        var biases = Enumerable.Range(0, channels).Select(channel => (random.NextSingle() - 0.5f) * 3).ToArray();
        var integers = QuantizedWeights.Of(weights, biases, channels, InputScale, bits);
        for (var i = 0; i < weights.Length; i++)
            Assert.AreEqual(weights[i], integers.Weights[i] * integers.Scales[i / length], integers.Scales[i / length] * 0.5001, $"Weight {i}");
        for (var channel = 0; channel < channels; channel++)
        {
            Assert.AreEqual(largest, integers.Weights[(channel * length)..((channel + 1) * length)].Max(weight => Math.Abs((int)weight)), $"Channel {channel} does not use all levels.");
            var step = (double)InputScale * integers.Scales[channel];
            Assert.AreEqual(biases[channel], integers.Biases![channel] * step, step * 0.5001, $"Bias {channel}");
        }
    }

    [TestMethod]
    [DataRow(0f)]
    [DataRow(1e-12f)]
    [DataRow(1e-38f)]
    public void A_channel_with_hardly_any_weights_keeps_its_bias(float weight)
    {
        var integers = QuantizedWeights.Of([weight, -weight, 1, 2], [3, -4], 2, InputScale, 8);
        Assert.AreEqual(3, integers.Biases![0] * (double)InputScale * integers.Scales[0], 1e-5);
        Assert.AreEqual(-4, integers.Biases[1] * (double)InputScale * integers.Scales[1], InputScale * integers.Scales[1]);
        Assert.IsTrue(float.IsFinite(integers.Scales[0]) && integers.Scales[0] > 0);
    }

    [TestMethod]
    public void Layers_without_biases_and_without_weights_are_valid()
    {
        var integers = QuantizedWeights.Of([0, 0], null, 2, InputScale, 8);
        Assert.IsNull(integers.Biases);
        CollectionAssert.AreEqual(new sbyte[2], integers.Weights);
        Assert.IsTrue(integers.Scales.All(scale => scale > 0));
    }
}
