using System.Xml.Linq;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>
/// Finds the libtorch that trains. The tool's package has none: each system's has 200 MB and more, CUDA's 2 GB, and prediction and planning need none.
/// </summary>
internal static class TorchBackend
{
    /// <summary>Environment variable that names a folder with libtorch's native libraries.</summary>
    public const string PathVariable = "RF3D_LIBTORCH";

    private const string SearchDirectories = "NATIVE_DLL_SEARCH_DIRECTORIES";

    private static readonly Lock Gate = new();
    private static bool _isPrepared;

    /// <summary>The version of TorchSharp that this tool was built with, which libtorch's package has to have, too.</summary>
    public static string TorchSharpVersion => PackageVersions.Of("TorchSharp");

    /// <summary>Where <c>install-libtorch</c> puts a backend.</summary>
    public static string InstallFolder(string backend) => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "rf3d", $"libtorch-{backend}-{TorchSharpVersion}");

    /// <summary>Loads libtorch; to be called before anything of TorchSharp is used.</summary>
    /// <exception cref="CommandException">It is not there, or cannot be loaded; the message says why.</exception>
    public static void Prepare()
    {
        if (Check().Findings.FirstOrDefault(finding => finding.IsError) is { } finding)
            throw new CommandException(Describe(finding));
    }

    /// <summary>Loads libtorch, and says what there is.</summary>
    /// <exception cref="CommandException">The environment variable names a folder without libtorch.</exception>
    public static TorchRuntimeReport Check()
    {
        lock (Gate)
        {
            if (!_isPrepared && Find() is { } folder)
            {
                // Where the runtime's host lists the folders of an application's native libraries; the loader looks there first.
                var known = AppContext.GetData(SearchDirectories) as string;
                AppContext.SetData(SearchDirectories, $"{folder}{Path.PathSeparator}{known}");
            }
            _isPrepared = true;
        }
        return TorchRuntime.Check();
    }

    /// <summary>The problem, and the remedy for a user of this tool.</summary>
    public static string Describe(TorchFinding finding) => finding.Kind == TorchFindingKind.LibtorchMissing
        ? "Training needs libtorch, which is not on this machine. Fetch it with 'rf3d install-libtorch' (or '--backend cuda' for an NVIDIA GPU), "
            + $"or name a folder that has it in the environment variable {PathVariable}."
        : finding.Message;

    private static string LibraryName => NativeFiles.FileName("torch_cpu");

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } named)
            return HasLibtorch(named) ? named : throw new CommandException($"{PathVariable} is '{named}', where there is no {LibraryName}.");
        if (NativeFiles.DefaultFolders(typeof(TorchSharp.DeviceType).Assembly).Any(HasLibtorch))
            return null;
        return new[] { InstallFolder("cuda"), InstallFolder("cpu") }.Concat(PackageFolders("torchsharp-cpu", TorchSharpVersion, 3)).FirstOrDefault(HasLibtorch);
    }

    private static bool HasLibtorch(string folder) => File.Exists(Path.Combine(folder, LibraryName));

    /// <summary>The native folders of a package in NuGet's cache and of the packages that it depends on.</summary>
    private static IEnumerable<string> PackageFolders(string id, string version, int depth)
    {
        var package = NuGetPackages.Folder(id, version);
        yield return Path.Combine(package, "runtimes", NativeFiles.Platform(), "native");
        var description = Path.Combine(package, $"{id}.nuspec");
        if (depth == 0 || !File.Exists(description))
            yield break;
        var dependencies = XDocument.Load(description).Descendants().Where(element => element.Name.LocalName == "dependency")
            .Select(element => ((string?)element.Attribute("id"), (string?)element.Attribute("version"))).Distinct();
        foreach (var (dependency, wanted) in dependencies)
        {
            if (dependency is null || wanted is null)
                continue;
            foreach (var folder in PackageFolders(dependency.ToLowerInvariant(), wanted.Trim('[', ']'), depth - 1))
                yield return folder;
        }
    }
}
