using Microsoft.ML.OnnxRuntime;

namespace Rf3d.MLNet;

/// <summary>
/// ONNX Runtime on a graph of this library, with one input and one output. On the CPU each call computes on its own thread, so that several calls use several cores without waiting for each
/// other. Calls may come from several threads, except <see cref="Dispose"/>.
/// </summary>
internal sealed class OnnxSession : IDisposable
{
    private static readonly string[] Inputs = [OnnxWriter.ImageInput];

    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly string[] _outputs;

    /// <param name="graph">The graph.</param>
    /// <param name="output">Its output.</param>
    /// <param name="configure">Chooses where it is computed; null for the CPU.</param>
    /// <exception cref="OnnxRuntimeException">The graph is not valid, or the device cannot be used.</exception>
    public OnnxSession(byte[] graph, string output, Action<SessionOptions>? configure = null)
    {
        _outputs = [output];
        using var options = SingleThreaded();
        configure?.Invoke(options);
        _session = new InferenceSession(graph, options);
    }

    /// <summary>Options of a session whose runs compute on the thread that asks.</summary>
    public static SessionOptions SingleThreaded() => new() { IntraOpNumThreads = 1, InterOpNumThreads = 1, ExecutionMode = ExecutionMode.ORT_SEQUENTIAL };

    /// <param name="images">The input's values.</param>
    /// <param name="shape">[images, channels, height, width].</param>
    /// <returns>The output's values.</returns>
    public float[] Run(Memory<float> images, long[] shape)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, images, shape);
        using var results = _session.Run(_runOptions, Inputs, [input], _outputs);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    public void Dispose()
    {
        _session.Dispose();
        _runOptions.Dispose();
    }
}
