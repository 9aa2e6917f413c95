namespace Rf3d.MLNet;

/// <summary>A classifier that counts the values of its feature maps while it scores.</summary>
internal sealed class CalibrationNetwork : IScoringNetwork
{
    private readonly ImagePreprocessing _preprocessing;
    private readonly OnnxSession _session;
    private readonly IReadOnlyList<string> _values;

    /// <param name="classifier">The whole classifier as ONNX, for the pixels that <paramref name="preprocessing"/> gives.</param>
    /// <param name="values">Names of the values in its graph that are counted.</param>
    /// <param name="preprocessing">How images are prepared.</param>
    public CalibrationNetwork(byte[] classifier, IReadOnlyList<string> values, ImagePreprocessing preprocessing)
    {
        _preprocessing = preprocessing;
        _values = values;
        Histograms = values.ToDictionary(value => value, _ => new ActivationHistogram(), StringComparer.Ordinal);
        _session = new OnnxSession(QuantizedNetwork.WithOutputs(classifier, values), [OnnxWriter.ProbabilitiesOutput, .. values]);
    }

    /// <summary>The counts, by the names of the values.</summary>
    public IReadOnlyDictionary<string, ActivationHistogram> Histograms { get; }

    /// <summary>All feature maps of a batch are in memory at the same time.</summary>
    public int BatchSize => 2;

    /// <exception cref="NotSupportedException">A layer computes infinite values.</exception>
    public float[] Score(Memory<float> pixels, int images)
    {
        long[] shape = [images, _preprocessing.Channels, _preprocessing.Height, _preprocessing.Width];
        return _session.Run(pixels, shape, outputs =>
        {
            foreach (var (value, output) in _values.Zip(outputs.Skip(1)))
                Count(value, output.GetTensorDataAsSpan<float>());
            return outputs[0].GetTensorDataAsSpan<float>().ToArray();
        });
    }

    public void Dispose() => _session.Dispose();

    private void Count(string value, ReadOnlySpan<float> values)
    {
        try
        {
            Histograms[value].Add(values);
        }
        catch (NotFiniteNumberException error)
        {
            throw new NotSupportedException(
                FormattableString.Invariant($"The network cannot be quantized: '{value}' has the value {error.OffendingNumber} for a calibration image, which no range holds. Its weights are not finite, or far too large."), error);
        }
    }
}
