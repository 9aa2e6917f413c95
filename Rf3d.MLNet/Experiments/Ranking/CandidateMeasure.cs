using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using Rf3d.Planning;
using TorchSharp;

namespace Rf3d.MLNet;

/// <summary>Size and speed of the model of a network before any training: neither depends on the values of the weights.</summary>
internal static class CandidateMeasure
{
    private const int WarmUps = 3;
    private const int FewestRuns = 5;
    private const int MostRuns = 30;
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(0.5);

    /// <returns>Bytes of the ONNX file, and the median of ONNX Runtime's milliseconds for one image on the processor.</returns>
    public static (long ModelBytes, double LatencyMilliseconds) Measure(NetworkPlan plan, bool mirror)
    {
        var layout = NetworkLayout.Of(plan.Optimized);
        var file = OnnxWriter.Classifier(layout, Untrained(layout), new ChannelStatistics([0, 0, 0], [1, 1, 1]), [], mirror);
        return (file.Length, Latency(file, plan.Optimized.Input));
    }

    private static WeightTable Untrained(NetworkLayout layout)
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(0);
        using var network = new TorchNetwork(layout, generator);
        return network.Export();
    }

    private static double Latency(byte[] file, TensorShape shape)
    {
        using var options = OnnxRuntimeLibrary.Use(() => new SessionOptions());
        // Threads that wait by spinning would slow down the next measurement.
        options.AddSessionConfigEntry("session.force_spinning_stop", "1");
        using var session = new InferenceSession(file, options);
        using var run = new RunOptions();
        using var image = OrtValue.CreateTensorValueFromMemory(new float[shape.Channels * shape.Height * shape.Width], [1, shape.Channels, shape.Height, shape.Width]);
        for (var i = 0; i < WarmUps; i++)
            Score();
        var times = new List<double>();
        for (var start = Stopwatch.GetTimestamp(); times.Count < FewestRuns || (times.Count < MostRuns && Stopwatch.GetElapsedTime(start) < Enough);)
        {
            var before = Stopwatch.GetTimestamp();
            Score();
            times.Add(Stopwatch.GetElapsedTime(before).TotalMilliseconds);
        }
        times.Sort();
        return times[times.Count / 2];

        void Score() => session.Run(run, [OnnxWriter.ImageInput], [image], [OnnxWriter.ProbabilitiesOutput]).Dispose();
    }
}
