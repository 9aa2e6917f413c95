using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;

namespace Rf3d.Benchmarks;

/// <summary>What a figure depends on besides the code: versions and the kind of machine.</summary>
internal static class HardwareFingerprint
{
    public static IEnumerable<string> General =>
    [
        $".NET {Environment.Version}, {RuntimeInformation.OSDescription} ({RuntimeInformation.OSArchitecture})",
        $"{Environment.ProcessorCount} logical cores, {InstructionSet}; {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:0} GB of memory",
    ];

    public static IEnumerable<string> Torch =>
    [
        $"TorchSharp {Version(typeof(torch))}, libtorch {torch.__version__}, {torch.get_num_threads()} threads, the system's default memory allocator",
        .. General,
    ];

    public static IEnumerable<string> Onnx =>
    [
        $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}, CPU, {Environment.ProcessorCount} threads, all of its optimisations",
        .. General,
    ];

    private static string InstructionSet =>
        Avx512F.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : AdvSimd.IsSupported ? "Neon" : "no vector instructions known here";

    private static string Version(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
