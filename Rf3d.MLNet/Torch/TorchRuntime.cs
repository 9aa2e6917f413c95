using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Rf3d.MLNet;

/// <summary>The libraries that training uses: TorchSharp and libtorch.</summary>
public static partial class TorchRuntime
{
    private const string DriverVersionFile = "/proc/driver/nvidia/version";

    /// <summary>Loads libtorch if it is not loaded, and reports devices and problems. It does not throw.</summary>
    /// <remarks>A process loads libtorch once. If the first call could not load it, later calls and trainings cannot either.</remarks>
    public static TorchRuntimeReport Check() => Check(TorchNative.Loader);

    internal static TorchRuntimeReport Check(TorchNativeLoader loader)
    {
        var report = new TorchRuntimeReport { TorchSharpVersion = TorchNativeLoader.TorchSharpVersion, Findings = [], GpuDriver = Driver() };
        if (loader.Failure is { } failure)
            return report with { Findings = [failure] };
        var gpus = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        report = report with
        {
            Backend = loader.HasCuda || gpus > 0 ? LibtorchBackend.Cuda : LibtorchBackend.Cpu,
            LibtorchFolder = loader.LibtorchFolder,
            Threads = torch.get_num_threads(),
            Devices = [Cpu(), .. Enumerable.Range(0, gpus).Select(Gpu)],
        };
        if (loader.FindLibStdCxx() is { } path)
            report = report with { StandardLibraryPath = path, StandardLibraryVersion = LibStdCxx.Versions(NativeFiles.ReadOrNothing(path)) is [.., var newest] ? newest : null };
        ImmutableArray<TorchFinding> convolutions = TorchNative.ConvolutionFinding is { } finding ? [finding] : [];
        return report with { Findings = [.. GpuFindings(report, gpus), .. convolutions] };
    }

    private static ImmutableArray<TorchFinding> GpuFindings(TorchRuntimeReport report, int gpus) => report switch
    {
        { Backend: LibtorchBackend.Cuda } when gpus == 0 =>
        [
            new()
            {
                Kind = TorchFindingKind.GpuNotFound,
                Message = $"libtorch is built for NVIDIA GPUs and finds none{(report.GpuDriver is { } driver ? $", though there is a driver ({driver})" : ": there is no driver")}.",
                Remedy = "Install NVIDIA's driver; in a container, start it with access to the GPUs.",
            },
        ],
        { Backend: LibtorchBackend.Cpu, GpuDriver: not null } =>
        [
            new()
            {
                Kind = TorchFindingKind.GpuNotUsed,
                Message = $"There is an NVIDIA GPU with its driver ({report.GpuDriver}), and libtorch is built for CPUs.",
                Remedy = $"Reference {(OperatingSystem.IsWindows() ? "TorchSharp-cuda-windows" : "TorchSharp-cuda-linux")} {report.TorchSharpVersion} instead of TorchSharp-cpu.",
            },
        ],
        _ => [],
    };

    private static TorchDevice Cpu() => new()
    {
        Name = "cpu",
        Description = string.Create(CultureInfo.InvariantCulture, $"{RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} processors"),
        MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
    };

    private static TorchDevice Gpu(int index) => new()
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"cuda:{index}"),
        Description = CudaDriver.Name(index) ?? "NVIDIA GPU",
        MemoryBytes = CudaDriver.TotalBytes(index) ?? 0,
        ComputeCapability = CudaDriver.ComputeCapability(index) is > 0 and var capability ? capability : null,
    };

    /// <summary>Linux tells in a file; elsewhere the driver itself does.</summary>
    private static string? Driver()
    {
        try
        {
            if (File.Exists(DriverVersionFile))
                return File.ReadLines(DriverVersionFile).FirstOrDefault()?.Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Then the driver is asked.
        }
        return CudaDriver.Version() is { } version ? $"CUDA {version}" : null;
    }
}
