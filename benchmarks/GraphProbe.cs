using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.Benchmarks;

/// <summary>
/// The time that a step would take as a CUDA graph, which is started by one call. TorchSharp has none; this captures one through libtorch's own classes, by their C++ names on 64-bit
/// Linux. An experiment: an error of libtorch in a capture ends the process.
/// </summary>
internal static class GraphProbe
{
    private const int Steps = 30;

    // More than any version of the class takes.
    private const int BytesOfGraph = 16_384;

    /// <param name="title">The name of the measurement.</param>
    /// <param name="batch">Images in a step.</param>
    /// <param name="step">A step on a batch that is prepared in advance.</param>
    /// <param name="weights">Changes with each step.</param>
    public static void Run(string title, int batch, Action step, Tensor weights)
    {
        var (cuda, core) = (NativeLibrary.Load("libtorch_cuda.so"), NativeLibrary.Load("libc10_cuda.so"));
        var stream = Function<StreamFromPool>(core, "_ZN3c104cuda17getStreamFromPoolEba")(0, 0);
        var before = Function<CurrentStream>(core, "_ZN3c104cuda20getCurrentCUDAStreamEa")(0);
        var setStream = Function<SetStream>(core, "_ZN3c104cuda20setCurrentCUDAStreamENS0_10CUDAStreamE");
        Console.WriteLine($"graph: stream {stream.Id:x} of device {stream.Device:x}; the present one {before.Id:x}");
        // The work on the present one is complete.
        torch.cuda.synchronize();
        setStream(stream);
        for (var i = 0; i < 6; i++)
            step();
        torch.cuda.synchronize();
        var eager = Time(step);

        var graph = Marshal.AllocHGlobal(BytesOfGraph);
        Marshal.Copy(new byte[BytesOfGraph], 0, graph, BytesOfGraph);
        if (NativeLibrary.TryGetExport(cuda, "_ZN2at4cuda9CUDAGraphC1Eb", out var constructor))
            Marshal.GetDelegateForFunctionPointer<ConstructGraph>(constructor)(graph, 0);
        else
            Function<GraphMethod>(cuda, "_ZN2at4cuda9CUDAGraphC1Ev")(graph);
        Function<BeginCapture>(cuda, "_ZN2at4cuda9CUDAGraph13capture_beginESt4pairIyyE21cudaStreamCaptureMode")(graph, default, 0);
        step();
        Function<GraphMethod>(cuda, "_ZN2at4cuda9CUDAGraph11capture_endEv")(graph);
        var replay = Function<GraphMethod>(cuda, "_ZN2at4cuda9CUDAGraph6replayEv");
        for (var i = 0; i < 3; i++)
            replay(graph);
        torch.cuda.synchronize();
        var first = Sum(weights);
        replay(graph);
        torch.cuda.synchronize();
        var second = Sum(weights);
        var captured = Time(() => replay(graph));
        setStream(before);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"graph {title}: ms a step: step by step asked {eager.Asked:0.000} done {eager.Done:0.000}; as a graph asked {captured.Asked:0.000} done {captured.Done:0.000}, {1000 * batch / captured.Done:0} images/s; the weights {(first != second ? "change" : "DO NOT CHANGE")}"));
    }

    private static double Sum(Tensor weights)
    {
        using var scope = NewDisposeScope();
        return weights.detach().abs().sum().to(ScalarType.Float64).cpu().item<double>();
    }

    private static (double Asked, double Done) Time(Action step)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Steps; i++)
            step();
        var asked = Stopwatch.GetElapsedTime(start);
        torch.cuda.synchronize();
        return (asked.TotalMilliseconds / Steps, Stopwatch.GetElapsedTime(start).TotalMilliseconds / Steps);
    }

    private static T Function<T>(nint library, string name)
        where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(library, name));

    // c10::cuda::CUDAStream: kind and number of the device, and the stream's id; 16 bytes, which travel in registers.
    [StructLayout(LayoutKind.Sequential)]
    internal struct CudaStream
    {
        public long Device;
        public long Id;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct PoolId
    {
        public ulong First;
        public ulong Second;
    }

    private delegate CudaStream StreamFromPool(byte isHighPriority, sbyte device);

    private delegate CudaStream CurrentStream(sbyte device);

    private delegate void SetStream(CudaStream stream);

    private delegate void ConstructGraph(nint graph, byte keepsGraph);

    private delegate void BeginCapture(nint graph, PoolId pool, int mode);

    private delegate void GraphMethod(nint graph);
}
