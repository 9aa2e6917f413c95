using Microsoft.ML.OnnxRuntime;

namespace Rf3d.Benchmarks;

/// <summary>A loaded graph of one input and one output, with memory for both: a run is the graph's own work and nothing else.</summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly OrtValue _input;
    private readonly OrtValue _output;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;

    public OnnxSession(byte[] model, float[] input, RollingShape shape)
    {
        using var options = new SessionOptions { IntraOpNumThreads = Environment.ProcessorCount };
        // Threads wait by spinning for a while, which would slow down the rival whose turn is next.
        options.AddSessionConfigEntry("session.force_spinning_stop", "1");
        _session = new InferenceSession(model, options);
        (_inputNames, _outputNames) = ([_session.InputNames[0]], [_session.OutputNames[0]]);
        Output = new float[input.Length];
        var dimensions = new long[] { shape.Batch, shape.Channels, shape.Spatial, shape.Spatial };
        _input = OrtValue.CreateTensorValueFromMemory(input, dimensions);
        _output = OrtValue.CreateTensorValueFromMemory(Output, dimensions);
    }

    /// <summary>The output of the last run.</summary>
    public float[] Output { get; }

    public void Run() => _session.Run(_options, _inputNames, [_input], _outputNames, [_output]);

    public void Dispose()
    {
        _session.Dispose();
        _input.Dispose();
        _output.Dispose();
        _options.Dispose();
    }
}
