using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>How long ONNX Runtime takes for a batch, with all cores, by the numbers that a model computes with.</summary>
internal sealed class QuantizedLatency : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly OrtValue _input;
    private readonly string[] _outputs = [OnnxWriter.ProbabilitiesOutput];
    private readonly string[] _inputs = [OnnxWriter.ImageInput];

    private QuantizedLatency(Rf3dSavedModel model, int batch)
    {
        using var options = new SessionOptions { IntraOpNumThreads = Environment.ProcessorCount, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        // Threads wait by spinning for a while, which would slow down the rival whose turn is next.
        options.AddSessionConfigEntry("session.force_spinning_stop", "1");
        _session = new(model.ToOnnx(isOpaque: true), options);
        var random = new Random(1);
        var pixels = new float[batch * 3 * model.ImageHeight * model.ImageWidth];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = random.Next(256);
        _input = OrtValue.CreateTensorValueFromMemory(pixels, [batch, 3, model.ImageHeight, model.ImageWidth]);
    }

    /// <summary>Milliseconds of a batch, round by round, the models in turns.</summary>
    /// <param name="models">The models, by name.</param>
    /// <param name="batch">Images in a batch.</param>
    /// <param name="rounds">Rounds.</param>
    /// <param name="pass">How long each model computes in a round.</param>
    public static RoundTimes Measure(IReadOnlyDictionary<string, Rf3dSavedModel> models, int batch, int rounds, TimeSpan pass)
    {
        var sessions = models.ToDictionary(model => model.Key, model => new QuantizedLatency(model.Value, batch));
        try
        {
            // As many batches as fill the time with float32, and as many with the others.
            var first = sessions.First().Value;
            first.Run(3);
            var start = Stopwatch.GetTimestamp();
            first.Run(5);
            var batches = Math.Max(5, (int)(5 * pass / Stopwatch.GetElapsedTime(start)));
            var times = Alternating.Measure([.. sessions.Select(session => new Rival(session.Key, () => session.Value.Run(batches)))], new RoundBudget(TimeSpan.Zero, 1, rounds));
            return times.Scaled(1.0 / batches);
        }
        finally
        {
            foreach (var session in sessions.Values)
                session.Dispose();
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        _input.Dispose();
        _options.Dispose();
    }

    private void Run(int batches)
    {
        for (var i = 0; i < batches; i++)
            _session.Run(_options, _inputs, [_input], _outputs).Dispose();
    }
}
