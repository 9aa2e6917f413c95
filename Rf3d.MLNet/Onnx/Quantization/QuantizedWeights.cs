namespace Rf3d.MLNet;

/// <summary>Weights and biases of a layer as integers: each output channel has a scale of its own, and 0 is 0.</summary>
/// <param name="Weights">8 bits, in the order of the weights.</param>
/// <param name="Scales">The value of 1, for each output channel.</param>
/// <param name="Biases">32 bits, for each output channel; the value of 1 is the scale of the channel times that of the input. Null without biases.</param>
internal sealed record QuantizedWeights(sbyte[] Weights, float[] Scales, int[]? Biases)
{
    // Biases use at most half of what 32 bits hold: products are added to them.
    private const double LargestBias = 1 << 30;

    /// <param name="weights">[channels, …].</param>
    /// <param name="biases">[channels]; null without.</param>
    /// <param name="channels">The number of output channels.</param>
    /// <param name="inputScale">The scale of the layer's input.</param>
    /// <param name="bits">7 or 8: the largest integer is 63 or 127.</param>
    public static QuantizedWeights Of(float[] weights, float[]? biases, int channels, float inputScale, int bits)
    {
        var largest = (1 << (bits - 1)) - 1;
        var (length, quantized, scales) = (weights.Length / channels, new sbyte[weights.Length], new float[channels]);
        for (var channel = 0; channel < channels; channel++)
        {
            var own = weights.AsSpan(channel * length, length);
            scales[channel] = ScaleOf(own, largest, Math.Abs(biases?[channel] ?? 0) / (LargestBias * inputScale));
            for (var i = 0; i < length; i++)
                quantized[(channel * length) + i] = (sbyte)Math.Clamp(Math.Round((double)own[i] / scales[channel]), -largest, largest);
        }
        return new(quantized, scales, biases?.Select((bias, channel) => (int)Math.Round(bias / ((double)inputScale * scales[channel]))).ToArray());
    }

    /// <param name="weights">The weights of one channel.</param>
    /// <param name="largest">The largest integer.</param>
    /// <param name="least">A smaller scale would make an integer of the bias that 32 bits do not hold: the channel has hardly any weights, and they do not matter.</param>
    private static float ScaleOf(ReadOnlySpan<float> weights, int largest, double least)
    {
        var most = 0f;
        foreach (var weight in weights)
            most = Math.Max(most, Math.Abs(weight));
        var scale = (float)Math.Max(most / (double)largest, least);
        return scale > 0 ? scale : 1;
    }
}
