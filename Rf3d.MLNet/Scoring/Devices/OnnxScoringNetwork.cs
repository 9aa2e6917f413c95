using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace Rf3d.MLNet;

/// <summary>Computes scores by ONNX Runtime: on the CPU each batch on the thread that asks, on a GPU one batch after the other.</summary>
internal sealed class OnnxScoringNetwork : IScoringNetwork
{
    private const int ImagesOnCpu = 8;
    private const int ImagesOnGpu = 64;

    private static readonly string[] Inputs = [OnnxWriter.ImageInput];
    private static readonly string[] Outputs = [OnnxWriter.ProbabilitiesOutput];

    private readonly ImagePreprocessing _preprocessing;
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();

    // Batches that are computed at the same time would share the GPU's time and need its memory several times.
    private readonly Lock? _turn;

    private OnnxScoringNetwork(byte[] classifier, ImagePreprocessing preprocessing, int? gpu)
    {
        _preprocessing = preprocessing;
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, ExecutionMode = ExecutionMode.ORT_SEQUENTIAL };
        if (gpu is { } index)
        {
            _turn = new();
            using var cuda = new OrtCUDAProviderOptions();
            cuda.UpdateOptions(new()
            {
                ["device_id"] = index.ToString(CultureInfo.InvariantCulture),
                // Each new size of batch would be timed with every algorithm otherwise, and the last batch has a size of its own.
                ["cudnn_conv_algo_search"] = "HEURISTIC",
                // The scores of the CPU have 23 bits of mantissa, those of TensorFloat-32 10.
                ["use_tf32"] = "0",
            });
            options.AppendExecutionProvider_CUDA(cuda);
        }
        _session = new InferenceSession(classifier, options);
        BatchSize = gpu is null ? ImagesOnCpu : ImagesOnGpu;
    }

    public int BatchSize { get; }

    /// <param name="classifier">The whole classifier as ONNX, for the pixels that <paramref name="preprocessing"/> gives.</param>
    /// <param name="preprocessing">How images are prepared.</param>
    public static OnnxScoringNetwork OnCpu(byte[] classifier, ImagePreprocessing preprocessing) => new(classifier, preprocessing, null);

    /// <param name="classifier">The whole classifier as ONNX, for the pixels that <paramref name="preprocessing"/> gives.</param>
    /// <param name="preprocessing">How images are prepared.</param>
    /// <param name="gpu">The GPU, counted from 0.</param>
    /// <exception cref="OnnxRuntimeException">The GPU or CUDA's libraries cannot be used.</exception>
    public static OnnxScoringNetwork OnGpu(byte[] classifier, ImagePreprocessing preprocessing, int gpu) => new(classifier, preprocessing, gpu);

    public float[] Score(Memory<float> pixels, int images)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, pixels, [images, _preprocessing.Channels, _preprocessing.Height, _preprocessing.Width]);
        if (_turn is null)
            return Run(input);
        lock (_turn)
            return Run(input);
    }

    public void Dispose()
    {
        _session.Dispose();
        _runOptions.Dispose();
    }

    private float[] Run(OrtValue input)
    {
        using var results = _session.Run(_runOptions, Inputs, [input], Outputs);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
