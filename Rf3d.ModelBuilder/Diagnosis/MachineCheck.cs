using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Rf3d.MLNet;
using TorchSharp;

namespace Rf3d.ModelBuilder;

/// <summary>Looks at everything that training and scoring need.</summary>
internal static class MachineCheck
{
    private const long LittleMemory = 2L << 30;
    private const long LittleDisk = 1L << 30;

    /// <param name="output">The folder that is to be written to.</param>
    public static IReadOnlyList<Finding> Run(string output) =>
    [
        DotNet(),
        .. Torch(),
        OnnxRuntime(),
        Memory(),
        Disk("output folder", Path.GetFullPath(output)),
        // ML.NET unpacks every model that it loads.
        Disk("temporary files", Path.GetTempPath()),
    ];

    private static Finding DotNet() => new(
        ".NET", Verdict.Good, Numbers.Text($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}, {Environment.ProcessorCount} processors"));

    private static IEnumerable<Finding> Torch()
    {
        string? problem = null;
        try
        {
            TorchBackend.Prepare();
        }
        catch (CommandException error)
        {
            problem = error.Message;
        }
        if (problem is not null)
        {
            yield return new("TorchSharp", Verdict.Bad, $"{TorchBackend.TorchSharpVersion} does not load: {problem}", "Predicting, planning and exporting work without it.");
            yield break;
        }
        yield return new("TorchSharp", Verdict.Good, $"{TorchBackend.TorchSharpVersion} loads{(TorchBackend.Folder is { } folder ? $", libtorch from {folder}" : "")}, {torch.get_num_threads()} threads");
        if (StandardLibrary() is { } finding)
            yield return finding;
        yield return Gpu();
    }

    private static Finding? StandardLibrary()
    {
        if (LibStdCxx.FindLoaded() is not { } path)
            return null;
        var versions = LibStdCxx.Versions(File.ReadAllBytes(path));
        return new("libstdc++", Verdict.Good, $"{path}, up to {(versions.Count > 0 ? versions[^1] : "an unknown version")}");
    }

    private static Finding Gpu()
    {
        var gpus = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        var driver = File.Exists("/proc/driver/nvidia/version") ? File.ReadLines("/proc/driver/nvidia/version").FirstOrDefault()?.Trim() : null;
        if (gpus > 0)
            return new("GPU", Verdict.Good, Numbers.Text($"{gpus} for TorchSharp{(driver is null ? "" : $"; {driver}")}"));
        return driver is null
            ? new("GPU", Verdict.Note, "none found: training runs on the CPU", "With an NVIDIA GPU: install its driver, then 'rf3d install-libtorch --backend cuda'.")
            : new("GPU", Verdict.Note, $"there is a driver ({driver}), but this libtorch has no CUDA", "'rf3d install-libtorch --backend cuda' fetches one that has.");
    }

    private static Finding OnnxRuntime()
    {
        try
        {
            return new("ONNX Runtime", Verdict.Good, $"{OrtEnv.Instance().GetVersionString()}: {string.Join(", ", OrtEnv.Instance().GetAvailableProviders())}");
        }
        catch (Exception error) when (error is DllNotFoundException or TypeInitializationException or EntryPointNotFoundException)
        {
            return new("ONNX Runtime", Verdict.Bad, $"does not load: {(error.InnerException ?? error).Message}", OperatingSystem.IsWindows()
                ? "Install the Visual C++ 2015-2022 redistributable."
                : "It needs glibc 2.27 and libstdc++; on Alpine it has no build.");
        }
    }

    private static Finding Memory()
    {
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return available < LittleMemory
            ? new("memory", Verdict.Note, Numbers.Gigabytes(available), "A network of large images may not fit: choose a small --image-size or --batch-size.")
            : new("memory", Verdict.Good, $"{Numbers.Gigabytes(available)}; images that do not fit, at 3 bytes a pixel, go to a cache file");
    }

    private static Finding Disk(string name, string folder)
    {
        var existing = folder;
        while (!Directory.Exists(existing) && Path.GetDirectoryName(existing) is { } parent)
            existing = parent;
        try
        {
            File.Create(Path.Combine(existing, $".rf3d-{Guid.NewGuid():N}.tmp"), 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new(name, Verdict.Bad, $"{existing} cannot be written to: {error.Message}", name == "output folder"
                ? "Name another folder with --output."
                : "Name another folder in the environment variable TMPDIR (Windows: TEMP).");
        }
        var free = new DriveInfo(existing).AvailableFreeSpace;
        return free < LittleDisk
            ? new(name, Verdict.Note, $"{existing}: {Numbers.Gigabytes(free)} free", "A model has 1 to 100 MB, libtorch 500 MB, CUDA's 5 GB.")
            : new(name, Verdict.Good, $"{existing}: can be written to, {Numbers.Gigabytes(free)} free");
    }
}
