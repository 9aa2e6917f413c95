using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;

namespace Rf3d.Benchmarks;

/// <summary>The conditions of a measurement: versions and the kind of machine.</summary>
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

    /// <summary>The device of a training, in a few words.</summary>
    public static string Card(torch.Device device) => device.type == DeviceType.CPU ? $"CPU, {Environment.ProcessorCount} cores, {InstructionSet}" : Gpu(device.index);

    /// <summary>The software that trains, in one line. The __version__ does not show which libtorch an application brings.</summary>
    public static string Versions =>
        $"Rf3d.MLNet {typeof(Rf3d.Planning.ConvNet).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion}, TorchSharp {Version(typeof(torch))}";

    // TorchSharp does not give the name of a GPU.
    private static string Gpu(int index)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("nvidia-smi", $"--query-gpu=name --format=csv,noheader -i {Math.Max(0, index)}") { RedirectStandardOutput = true, UseShellExecute = false })!;
            var name = process.StandardOutput.ReadToEnd().Trim();
            return name.Length > 0 ? name : "a GPU without a name";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "a GPU without nvidia-smi";
        }
    }

    private static string InstructionSet =>
        Avx512F.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : AdvSimd.IsSupported ? "Neon" : "no vector instructions known here";

    private static string Version(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
