using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace Rf3d.MLNet;

/// <summary>Computes scores by ONNX Runtime: on the CPU each batch on the thread that asks, on a GPU one batch after the other.</summary>
internal sealed class OnnxScoringNetwork : IScoringNetwork
{
    private readonly ImagePreprocessing _preprocessing;
    private readonly OnnxSession _session;

    // Batches that are computed at the same time would share the GPU's time and need its memory several times.
    private readonly Lock? _turn;

    /// <param name="classifier">The whole classifier as ONNX, for the pixels that <paramref name="preprocessing"/> gives.</param>
    /// <param name="preprocessing">How images are prepared.</param>
    /// <param name="gpu">The GPU, counted from 0; null for the CPU.</param>
    /// <param name="output">The output of the graph that has the scores.</param>
    /// <exception cref="OnnxRuntimeException">The GPU or CUDA's libraries cannot be used.</exception>
    public OnnxScoringNetwork(byte[] classifier, ImagePreprocessing preprocessing, int? gpu, string output = OnnxWriter.ProbabilitiesOutput)
    {
        (_preprocessing, _turn, BatchSize) = (preprocessing, gpu is null ? null : new(), IScoringNetwork.BatchSizeOn(gpu));
        _session = new(classifier, output, gpu is { } index ? options => UseCuda(options, index) : null);
    }

    public int BatchSize { get; }

    public float[] Score(Memory<float> pixels, int images)
    {
        long[] shape = [images, _preprocessing.Channels, _preprocessing.Height, _preprocessing.Width];
        if (_turn is null)
            return _session.Run(pixels, shape);
        lock (_turn)
            return _session.Run(pixels, shape);
    }

    public void Dispose() => _session.Dispose();

    private static void UseCuda(SessionOptions options, int gpu)
    {
        using var cuda = new OrtCUDAProviderOptions();
        cuda.UpdateOptions(new()
        {
            ["device_id"] = gpu.ToString(CultureInfo.InvariantCulture),
            // Each new size of batch would be timed with every algorithm otherwise, and the last batch has a size of its own.
            ["cudnn_conv_algo_search"] = "HEURISTIC",
            // The scores of the CPU have 23 bits of mantissa, those of TensorFloat-32 10.
            ["use_tf32"] = "0",
        });
        options.AppendExecutionProvider_CUDA(cuda);
    }
}
