using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Rf3d.MLNet;

/// <summary>
/// Loads libtorch and TorchSharp's own native library before any type of TorchSharp is used; TorchSharp then finds them loaded. Where
/// the system's libstdc++ is older than the one TorchSharp's library asks for (Debian 12, Ubuntu 22.04, RHEL 9), a copy that does not
/// ask for it is loaded instead.
/// </summary>
internal sealed partial class TorchNativeLoader
{
    // An enumeration: naming it runs no static constructor of TorchSharp.
    private static readonly Assembly TorchSharpAssembly = typeof(TorchSharp.DeviceType).Assembly;

    private readonly Lazy<LoadException?> _failure;

    public TorchNativeLoader() => _failure = new Lazy<LoadException?>(() =>
    {
        try
        {
            Load();
            return null;
        }
        catch (LoadException e)
        {
            return e;
        }
    });

    public static string TorchSharpVersion => TorchSharpAssembly.GetName().Version!.ToString(3);

    /// <summary>Loads the libraries, unless they are loaded, and says why they cannot be; null where they can.</summary>
    public TorchFinding? Failure => _failure.Value is { } failure ? new() { Kind = failure.Kind, Message = failure.Message, Remedy = failure.Remedy } : null;

    /// <summary>Where libtorch is; null where it comes from the system's search path.</summary>
    public string? LibtorchFolder => Path.GetDirectoryName(Find(NativeFiles.FileName("torch_cpu")));

    /// <summary>The path of libtorch's library for the CPU; its bare name where it comes from the system's search path.</summary>
    public string CpuLibrary => Find(NativeFiles.FileName("torch_cpu")) ?? NativeFiles.FileName("torch_cpu");

    /// <summary>Whether libtorch is the one for GPUs.</summary>
    public bool HasCuda => Find(NativeFiles.FileName("torch_cuda")) is not null;

    /// <summary>Where the native libraries may lie, in the order they are looked for.</summary>
    public IReadOnlyList<string> Folders { get; init; } = NativeFiles.DefaultFolders(TorchSharpAssembly);

    /// <summary>Where a copy is kept; null for none. When it cannot be used, a folder of this process's own serves.</summary>
    public string? CopyFolder { get; init; } = LibraryCopy.DefaultFolder();

    /// <summary>Loads the library at a path.</summary>
    public Func<string, nint> LoadFile { get; init; } = NativeLibrary.Load;

    /// <summary>Loads a library the way TorchSharp asks for it: by its bare name, wherever the runtime or the system finds it.</summary>
    public Func<string, nint> LoadByName { get; init; } = name => NativeLibrary.Load(name, TorchSharpAssembly, null);

    /// <summary>Finds the libstdc++ that the process uses.</summary>
    public Func<string?> FindLibStdCxx { get; init; } = LibStdCxx.FindLoaded;

    // The version names are all that matters here, and musl has none: there a failure always has another reason.
    private static bool HasSymbolVersions =>
        OperatingSystem.IsLinux() && !RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal);

    /// <inheritdoc cref="TorchNative.EnsureLoaded"/>
    public void EnsureLoaded()
    {
        // An exception of its own for each caller: throwing one object from several threads would mix their stack traces.
        if (_failure.Value is { } failure)
            throw new DllNotFoundException(failure.Message, failure.InnerException);
    }

    private void Load()
    {
        LoadLibtorch();

        var fileName = NativeFiles.FileName("LibTorchSharp");
        var path = Find(fileName);
        var failure = TryLoad("LibTorchSharp");
        if (failure is null)
            return;

        if (path is null || !HasSymbolVersions)
            throw CannotLoad(fileName, path, failure);

        var library = NativeFiles.ReadOrNothing(path);
        var standardLibrary = FindLibStdCxx();
        var offered = LibStdCxx.Versions(NativeFiles.ReadOrNothing(standardLibrary));
        var missing = Missing(library, offered, failure);
        if (missing.Count == 0)
            throw CannotLoad(fileName, path, failure);

        if (TryLoadCopy(fileName, library, missing) is { } copyFailure)
            throw MissingVersion(path, missing, standardLibrary, offered, copyFailure, failure);
    }

    // libtorch comes first and by its path: the copy does not lie beside it, so the libraries that the copy links must be in the process already.
    private void LoadLibtorch()
    {
        if (!OperatingSystem.IsLinux())
        {
            // The system's loader takes the dependencies of a library from that library's folder, and CUDA's parts, which must be loaded in an
            // order of their own on Windows, are TorchSharp's business once a CUDA device is asked for.
            Require("torch_cpu");
            return;
        }

        TryLoad("c10");
        Require("torch_cpu");
        // Only the CUDA packages have these. They find the rest of CUDA in their own folder; when something is amiss there, libtorch.so,
        // which links them, says so.
        foreach (var name in new[] { "c10_cuda", "torch_cuda" })
            if (Find(NativeFiles.FileName(name)) is { } path)
                TryLoadFile(path);
        Require("torch");
    }

    private void Require(string name)
    {
        if (TryLoad(name) is not { } failure)
            return;
        var fileName = NativeFiles.FileName(name);
        throw Find(fileName) is { } path ? CannotLoad(fileName, path, failure) : MissingBackend(fileName, failure);
    }

    /// <summary>Loads a library from the folders, or by its name when it lies in none; says what went wrong, or null.</summary>
    private string? TryLoad(string name)
    {
        if (Find(NativeFiles.FileName(name)) is { } path)
            return TryLoadFile(path);
        return Try(() => LoadByName(name));
    }

    private string? TryLoadFile(string path) => Try(() => LoadFile(path));

    private static string? Try(Action load)
    {
        try
        {
            load();
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return e.Message.Trim();
        }
    }

    /// <summary>Loads a copy of the library that does without the versions; says what went wrong, or null.</summary>
    private string? TryLoadCopy(string fileName, byte[] library, IReadOnlyCollection<string> missing)
    {
        byte[]? patched;
        try
        {
            if (!ElfVersionNeeds.TryWeaken(library, missing, out patched))
                return "It does not insist on that version.";
        }
        catch (Exception e) when (e is BadImageFormatException or NotSupportedException)
        {
            return e.Message;
        }

        var kept = CopyFolder is null ? "there is no home folder" : TryLoadCopyIn(CopyFolder, fileName, patched);
        if (kept is null)
            return null;

        // The home may be missing, read-only or mounted so that nothing in it runs.
        var passing = TryLoadPassingCopy(fileName, patched);
        return passing is null ? null : $"{kept}; {passing}";
    }

    private string? TryLoadPassingCopy(string fileName, byte[] patched)
    {
        DirectoryInfo folder;
        try
        {
            // Other users cannot write to a new folder; a folder of a fixed name in a shared temporary folder might belong to one of them.
            folder = Directory.CreateTempSubdirectory("rf3d-mlnet-");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{Path.GetTempPath()} cannot be written";
        }

        var failure = TryLoadCopyIn(folder.FullName, fileName, patched);
        try
        {
            // A loaded library no longer needs its name.
            folder.Delete(recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A network file system keeps the name while the file is in use. The file that stays is small.
        }

        return failure;
    }

    private string? TryLoadCopyIn(string folder, string fileName, byte[] patched)
    {
        string copy;
        try
        {
            copy = LibraryCopy.Put(folder, fileName, patched);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{folder} cannot be written";
        }

        // The second step is TorchSharp's: the runtime fails at the original, asks the system for the bare name and is given the library
        // that is loaded under that name.
        var failure = TryLoadFile(copy) ?? Try(() => LoadByName("LibTorchSharp"));
        return failure is null ? null : Reason(failure).TrimEnd('.');
    }

    private static List<string> Missing(byte[] library, IReadOnlyList<string> offered, string failure)
    {
        // Without the library to compare with, there is only the message of the dynamic linker, which names the first missing version.
        if (offered.Count == 0)
            return [.. MissingVersionPattern().Matches(failure).Select(match => match.Value).Distinct()];
        try
        {
            return [.. ElfVersionNeeds.Read(library).Except(offered)];
        }
        catch (BadImageFormatException)
        {
            return [];
        }
    }

    [GeneratedRegex(@"GLIBCXX_[0-9.]+(?='? not found)")]
    private static partial Regex MissingVersionPattern();

    private LoadException MissingBackend(string fileName, string failure) => new(
        TorchFindingKind.LibtorchMissing,
        $"TorchSharp needs libtorch, and there is no {fileName} beside the application. The application must reference one of the packages "
        + "TorchSharp-cpu, TorchSharp-cuda-windows and TorchSharp-cuda-linux, "
        + $"in the version of TorchSharp, {TorchSharpVersion}: a library cannot choose between them. Looked in: {SearchedFolders()}.",
        $"Reference TorchSharp-cpu {TorchSharpVersion} in the application; for an NVIDIA GPU TorchSharp-cuda-windows or TorchSharp-cuda-linux.",
        failure);

    private LoadException CannotLoad(string fileName, string? path, string failure) => path is null
        ? new(
            TorchFindingKind.TorchSharpLibraryMissing,
            $"TorchSharp {TorchSharpVersion} brings no {fileName} for {NativeFiles.Platform()}, or it was not deployed with the application. "
            + $"Looked in: {SearchedFolders()}.",
            "Deploy the native libraries of the package TorchSharp with the application, on a platform that it supports.",
            failure)
        : new(
            TorchFindingKind.LibraryNotLoadable,
            $"{path} cannot be loaded. "
            + (OperatingSystem.IsWindows() ? "If a module is missing, install the Visual C++ 2015-2022 redistributable. " : "")
            + Reason(failure),
            OperatingSystem.IsWindows() ? "Install the Visual C++ 2015-2022 redistributable." : "Install the library that the message names, or deploy the application's native libraries again.",
            failure);

    private static LoadException MissingVersion(string path, IReadOnlyList<string> missing, string? standardLibrary,
        IReadOnlyList<string> offered, string copyFailure, string failure)
    {
        var remedy = $"Install a libstdc++ that offers {missing[^1]} (3.4.32 came with GCC 13.2; Debian 13, Ubuntu 24.04 and RHEL 10 have it), "
            + "or name the folder of a newer libstdc++.so.6, such as that of the conda package libstdcxx-ng, in LD_LIBRARY_PATH.";
        return new(
            TorchFindingKind.StandardLibraryTooOld,
            $"{path} cannot be loaded: it needs {string.Join(", ", missing)}, and "
            + (offered.Count > 0 ? $"{standardLibrary} offers {offered[^1]} at most. " : "the system's libstdc++.so.6 does not offer it. ")
            + $"A copy that does without cannot be loaded either: {copyFailure.TrimEnd('.')}. {remedy}",
            remedy,
            failure);
    }

    // The runtime puts a paragraph of general advice before the message of the dynamic linker.
    private static string Reason(string failure) => failure[(failure.IndexOf('\n', StringComparison.Ordinal) + 1)..].Trim();

    private string SearchedFolders() => string.Join(", ", Folders.Append("the system's search path"));

    private string? Find(string fileName) => Folders.Select(folder => Path.Combine(folder, fileName)).FirstOrDefault(File.Exists);

    /// <summary>Why the libraries cannot be loaded, and of what kind that is.</summary>
    private sealed class LoadException(TorchFindingKind kind, string message, string remedy, string failure)
        : DllNotFoundException(message, new DllNotFoundException(failure))
    {
        public TorchFindingKind Kind => kind;

        public string Remedy => remedy;
    }
}
