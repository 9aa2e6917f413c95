using Microsoft.ML.OnnxRuntime;

namespace Rf3d.MLNet;

/// <summary>
/// ONNX Runtime on a graph of this library, with one input. On the CPU each call computes on its own thread, so that several calls use several cores without waiting for each
/// other. Calls may come from several threads, except <see cref="Dispose"/>.
/// </summary>
internal sealed class OnnxSession : IDisposable
{
    private static readonly string[] Inputs = [OnnxWriter.ImageInput];

    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly IReadOnlyCollection<string> _outputs;

    /// <param name="graph">The graph.</param>
    /// <param name="output">The output that is computed.</param>
    /// <param name="configure">Chooses where it is computed; null for the CPU.</param>
    /// <exception cref="OnnxRuntimeException">The graph is not valid, or the device cannot be used.</exception>
    /// <exception cref="DllNotFoundException">The native library of ONNX Runtime does not load.</exception>
    public OnnxSession(byte[] graph, string output, Action<SessionOptions>? configure = null)
        : this(graph, [output], configure)
    {
    }

    /// <inheritdoc cref="OnnxSession(byte[], string, Action{SessionOptions}?)"/>
    /// <param name="graph">The graph.</param>
    /// <param name="outputs">The outputs that are computed.</param>
    /// <param name="configure">Chooses where they are computed; null for the CPU.</param>
    public OnnxSession(byte[] graph, IReadOnlyCollection<string> outputs, Action<SessionOptions>? configure = null)
    {
        _outputs = outputs;
        using var options = OnnxRuntimeLibrary.Use(SingleThreaded);
        configure?.Invoke(options);
        _session = new InferenceSession(graph, options);
    }

    /// <param name="images">The input's values.</param>
    /// <param name="shape">[images, channels, height, width].</param>
    /// <returns>The values of the first output.</returns>
    public float[] Run(Memory<float> images, long[] shape) => Run(images, shape, outputs => outputs[0].GetTensorDataAsSpan<float>().ToArray());

    /// <param name="images">The input's values.</param>
    /// <param name="shape">[images, channels, height, width].</param>
    /// <param name="read">Reads the outputs, which are freed afterwards.</param>
    public T Run<T>(Memory<float> images, long[] shape, Func<IReadOnlyList<OrtValue>, T> read)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, images, shape);
        using var outputs = _session.Run(_runOptions, Inputs, [input], _outputs);
        return read(outputs);
    }

    public void Dispose()
    {
        _session.Dispose();
        _runOptions.Dispose();
    }

    // Runs compute on the thread that asks.
    private static SessionOptions SingleThreaded() => new() { IntraOpNumThreads = 1, InterOpNumThreads = 1, ExecutionMode = ExecutionMode.ORT_SEQUENTIAL };
}
