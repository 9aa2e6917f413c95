using System.Runtime.InteropServices;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>Looks at everything that training and scoring need.</summary>
internal static class MachineCheck
{
    private const long LittleMemory = 2L << 30;
    private const long LittleDisk = 1L << 30;

    /// <param name="output">The folder that is to be written to.</param>
    public static IReadOnlyList<Finding> Run(string output)
    {
        var (torch, problem) = CheckTorch();
        return
        [
            DotNet(),
            .. Torch(torch, problem),
            OnnxRuntimeCheck.Run(torch),
            Pretrained(),
            Heic(),
            Memory(),
            Disk("output folder", Path.GetFullPath(output)),
            // ML.NET unpacks every model that it loads.
            Disk("temporary files", TemporaryFolder.OfSystem),
        ];
    }

    private static Finding DotNet() => new(
        ".NET", Verdict.Good, Numbers.Text($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}, {Environment.ProcessorCount} processors"));

    private static (TorchRuntimeReport? Report, string? Problem) CheckTorch()
    {
        try
        {
            var report = TorchBackend.Check();
            return (report, report.Findings.FirstOrDefault(finding => finding.IsError) is { } error ? TorchBackend.Describe(error) : null);
        }
        catch (CommandException error)
        {
            return (null, error.Message);
        }
    }

    private static IEnumerable<Finding> Torch(TorchRuntimeReport? report, string? problem)
    {
        if (report is null || problem is not null)
        {
            yield return new("TorchSharp", Verdict.Bad, $"{TorchBackend.TorchSharpVersion} does not load: {problem}", "Predicting, planning and exporting work without it.");
            yield break;
        }
        yield return new("TorchSharp", Verdict.Good, $"{report.TorchSharpVersion} loads{(report.LibtorchFolder is { } folder ? $", libtorch from {folder}" : "")}, {report.Threads} threads");
        if (report.StandardLibraryPath is { } library)
            yield return new("libstdc++", Verdict.Good, $"{library}, up to {report.StandardLibraryVersion ?? "an unknown version"}");
        if (report.Findings.FirstOrDefault(finding => finding.Kind is TorchFindingKind.OneDnnOff) is { } slow)
            yield return new("convolutions", Verdict.Note, slow.Message, slow.Remedy);
        yield return Gpu(report);
    }

    private static Finding Gpu(TorchRuntimeReport report)
    {
        string[] gpus = [.. report.Devices.Skip(1).Select(device => $"{device.Name} {device.Description}, {Numbers.Gigabytes(device.MemoryBytes)}")];
        if (gpus.Length > 0)
            return new("GPU", Verdict.Good, $"{string.Join("; ", gpus)}{(report.GpuDriver is null ? "" : $"; driver: {report.GpuDriver}")}");
        return report.Findings.FirstOrDefault(finding => finding.Kind is TorchFindingKind.GpuNotUsed or TorchFindingKind.GpuNotFound) switch
        {
            { Kind: TorchFindingKind.GpuNotUsed } finding => new("GPU", Verdict.Note, finding.Message, "'rf3d install-libtorch --backend cuda' fetches the one for GPUs."),
            { } finding => new("GPU", Verdict.Note, finding.Message, finding.Remedy),
            null => new("GPU", Verdict.Note, "none found: training runs on the CPU", "With an NVIDIA GPU: install its driver, then 'rf3d install-libtorch --backend cuda'."),
        };
    }

    private static Finding Pretrained()
    {
        string[] found = [.. PretrainedWeights.Names.Select(name => (Name: name, Path: PretrainedWeights.Find(name))).Where(known => known.Path is not null).Select(known => $"{known.Name} ({known.Path})")];
        return found.Length > 0
            ? new("pretrained", Verdict.Good, string.Join(", ", found))
            : new("pretrained", Verdict.Note, "no pretrained weights: trainings that ask for them cannot start", $"'rf3d install-weights {PretrainedWeights.Names[0]}' fetches some; 'rf3d install-weights --list' shows all.");
    }

    private static Finding Heic()
    {
        if (!HeifLibrary.IsInstalled)
            return new("HEIC and AVIF", Verdict.Note, "not installed: such images are refused", "'rf3d install-heic' fetches what reads them.");
        return HeifLibrary.Problem() is { } problem
            ? new("HEIC and AVIF", Verdict.Note, problem)
            : new("HEIC and AVIF", Verdict.Good, $"Magick.NET {HeifLibrary.Version} reads them, from {HeifLibrary.Folder}");
    }

    private static Finding Memory()
    {
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return available < LittleMemory
            ? new("memory", Verdict.Note, Numbers.Gigabytes(available), "A network of large images may not fit: choose a small --image-size or --batch-size.")
            : new("memory", Verdict.Good, $"{Numbers.Gigabytes(available)}; images that do not fit, at 3 bytes a pixel, go to a cache file");
    }

    /// <param name="name">The folder's name in the findings.</param>
    /// <param name="folder">The folder, which need not be there.</param>
    /// <param name="free">Bytes that are free where a folder is, null where the system does not say; null for <see cref="FreeSpace.Of"/>.</param>
    internal static Finding Disk(string name, string folder, Func<string, long?>? free = null)
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
                : $"Name another folder in the environment variable {TemporaryVariable.Name}.");
        }
        free ??= FreeSpace.Of;
        return free(existing) switch
        {
            null => new(name, Verdict.Good, $"{existing}: can be written to; the system does not say how much is free"),
            { } little when little < LittleDisk => new(name, Verdict.Note, $"{existing}: {Numbers.Gigabytes(little)} free", "A model has 1 to 100 MB, libtorch 500 MB, CUDA's 5 GB."),
            { } there => new(name, Verdict.Good, $"{existing}: can be written to, {Numbers.Gigabytes(there)} free"),
        };
    }
}
