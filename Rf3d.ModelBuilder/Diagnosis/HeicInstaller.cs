using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Rf3d.Datasets;

namespace Rf3d.ModelBuilder;

/// <summary>Gets files of NuGet packages into a folder, all of them or none. Other files in the folder stay as they are.</summary>
/// <param name="packages">The packages.</param>
/// <param name="folder">Where the files go.</param>
internal sealed class HeicInstaller(IReadOnlyList<HeicPackage> packages, string folder)
{
    /// <summary>The file with the licences of all parts.</summary>
    public const string Notices = "Notice.txt";

    // Of the files that are there during an installation only.
    private const string WorkName = "rf3d-heic";

    private static readonly Uri NuGet = new("https://api.nuget.org/v3-flatcontainer/");
    private static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(60);

    private readonly InstallationList _list = new(packages);

    /// <summary>A folder that has the packages, or the address of a flat container; null for NuGet's cache, else nuget.org.</summary>
    public Uri? Source { get; init; }

    /// <summary>Receives the bytes that came of the present package.</summary>
    public IProgress<long>? Progress { get; init; }

    /// <summary>The packages of Magick.NET that have a native library for this machine.</summary>
    /// <exception cref="CommandException">There is none.</exception>
    public static IReadOnlyList<HeicPackage> PackagesOfThisMachine()
    {
        var runtime = Runtime();
        // The packages of one processor are smaller; that for all has every system.
        var (id, hash) = runtime is "linux-x64" or "linux-musl-x64" or "win-x64"
            ? ("Magick.NET-Q8-x64", "fb5414292085db2bc28326fa6d73d04d5ed2ec49a0f32cfcd95467a6de6b6a47")
            : ("Magick.NET-Q8-AnyCPU", "32cea3cc74c2f104b1410ed8d62c4c6ab799bb90c22b3fddd09ab4c70247a33a");
        var processor = runtime.Split('-')[^1];
        var extension = runtime.StartsWith("win", StringComparison.Ordinal) ? "" : runtime.StartsWith("osx", StringComparison.Ordinal) ? ".dylib" : ".so";
        return
        [
            new(id, HeifLibrary.Version, hash, [$"lib/net10.0/{id}.dll", $"runtimes/{runtime}/native/Magick.Native-Q8-{processor}.dll{extension}", Notices]),
            new("Magick.NET.Core", HeifLibrary.Version, "461232bfc8188ee3c244c7a73119a8c8d4ada46f109d7ff97952f29729bdd438", ["lib/net10.0/Magick.NET.Core.dll"]),
        ];
    }

    /// <summary>A source as a command line names it; null for a text that is none.</summary>
    public static Uri? SourceOf(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (!text.Contains("://", StringComparison.Ordinal))
            return new Uri(Path.GetFullPath(text));
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" or "file" ? address : null;
    }

    /// <exception cref="CommandException">A package cannot be fetched or is not the right one, or the folder has a file of another origin with one of the names, or cannot be written to.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var target = Path.GetFullPath(folder);
        var isNew = !Directory.Exists(target);
        try
        {
            if (await _list.IsOfAsync(target, cancellation).ConfigureAwait(false))
                return;
            Directory.CreateDirectory(target);
            await InstallAsync(target, cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            throw new CommandException($"'{folder}' cannot be written to: {error.Message} Name another folder in the environment variable {HeifLibrary.Variable}.", inner: error);
        }
        finally
        {
            if (isNew)
                DeleteEmpty(target);
        }
    }

    private static string Runtime()
    {
        var processor = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => "x64",
            Architecture.Arm64 => "arm64",
            var other => throw new CommandException($"Magick.NET has no library for processors of the kind {other}."),
        };
        if (OperatingSystem.IsMacOS() && processor == "x64")
            throw new CommandException($"Magick.NET {HeifLibrary.Version} has no library for macOS on x64.");
        var isMusl = RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal);
        return $"{(OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : isMusl ? "linux-musl" : "linux")}-{processor}";
    }

    private async Task InstallAsync(string target, CancellationToken cancellation)
    {
        var path = Path.Combine(target, WorkName);
        // Also removes the files that a killed command left.
        using var taken = OutputLock.Take(path, "wait for that one");
        var before = InstallationList.FilesIn(target);
        if (_list.Files.FirstOrDefault(file => !before.Contains(file, StringComparer.Ordinal) && Path.Exists(Path.Combine(target, file))) is { } other)
        {
            throw new CommandException(
                $"'{Path.Combine(target, other)}' is there already, and is not known to be installed by this command: no '{InstallationList.FileName}' beside it lists it. Move or delete it, or name another folder in the environment variable {HeifLibrary.Variable}.");
        }
        using var work = new WorkFolder(path);
        foreach (var package in packages)
            await UnpackAsync(package, work.Path, cancellation).ConfigureAwait(false);
        await _list.WriteAsync(work.Path, cancellation).ConfigureAwait(false);
        Replace(target, before, work.Path);
    }

    /// <summary>Puts the new files in the place of those of an earlier installation. Files that a process has loaded can be moved on every system, but not be deleted.</summary>
    private void Replace(string target, IReadOnlyList<string> before, string work)
    {
        var aside = Directory.CreateDirectory(Path.Combine(work, "before")).FullName;
        var moved = new Stack<(string From, string To)>();
        try
        {
            // The list is there as long as one of its files is: a killed command leaves no file that the next one does not know. The last file is that without which the others are not used.
            foreach (var file in before.Reverse().Append(InstallationList.FileName).Where(file => File.Exists(Path.Combine(target, file))))
                Move(Path.Combine(target, file), Path.Combine(aside, file));
            foreach (var file in _list.Files.Prepend(InstallationList.FileName))
                Move(Path.Combine(work, file), Path.Combine(target, file));
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            while (moved.TryPop(out var last))
                File.Move(last.To, last.From);
            throw;
        }

        void Move(string from, string to)
        {
            File.Move(from, to);
            moved.Push((from, to));
        }
    }

    private static void DeleteEmpty(string target)
    {
        try
        {
            if (Directory.Exists(target) && !Directory.EnumerateFileSystemEntries(target).Any())
                Directory.Delete(target);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            // An empty folder does no harm.
        }
    }

    private async Task UnpackAsync(HeicPackage package, string work, CancellationToken cancellation)
    {
        var path = Path.Combine(work, package.FileName);
        var from = await FetchAsync(package, path, cancellation).ConfigureAwait(false);
        if (await HashAsync(path, cancellation).ConfigureAwait(false) is var found && found != package.Sha256)
            throw new CommandException($"{from} has the SHA-256 {found} instead of {package.Sha256}: it was damaged on the way, or is another file. It is not installed.");
        using (var zip = ZipFile.OpenRead(path))
        {
            foreach (var file in package.Files)
            {
                var entry = zip.GetEntry(file) ?? throw new CommandException($"{from} has no file '{file}'.");
                entry.ExtractToFile(Path.Combine(work, Path.GetFileName(file)));
            }
        }
        File.Delete(path);
    }

    /// <returns>Where it came from.</returns>
    private async Task<string> FetchAsync(HeicPackage package, string path, CancellationToken cancellation)
    {
        if (Source is { IsFile: true } local)
        {
            var source = Path.Combine(local.LocalPath, package.FileName);
            if (!File.Exists(source))
                throw new CommandException($"There is no '{source}'.");
            var content = await ReadAsync(source, cancellation).ConfigureAwait(false);
            await File.WriteAllBytesAsync(path, content, cancellation).ConfigureAwait(false);
            return $"'{source}'";
        }
        if (Source is null && File.Exists(package.CachedFile) && await ReadAsync(package.CachedFile, cancellation).ConfigureAwait(false) is var cached && IsOf(package, cached))
        {
            await File.WriteAllBytesAsync(path, cached, cancellation).ConfigureAwait(false);
            return $"'{package.CachedFile}'";
        }
        var root = (Source ?? NuGet).AbsoluteUri.TrimEnd('/');
        var address = new Uri($"{root}/{package.Id.ToLowerInvariant()}/{package.Version}/{package.FileName}");
        try
        {
            await DownloadAsync(address, path, cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested && error is HttpRequestException or IOException or OperationCanceledException)
        {
            throw new CommandException(
                $"{address} cannot be fetched: {error.Message.TrimEnd('.')}. Name a folder that has {string.Join(" and ", packages.Select(each => each.FileName))} with --source.", inner: error);
        }
        return address.AbsoluteUri;
    }

    private static bool IsOf(HeicPackage package, byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content)) == package.Sha256;

    /// <summary>The content of a package on this machine. An error names the package: the folder to install to is another one.</summary>
    private static async Task<byte[]> ReadAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return await File.ReadAllBytesAsync(path, cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            throw new CommandException($"'{path}' cannot be read: {error.Message} Name a folder with the packages that can be read, with --source.", inner: error);
        }
    }

    private async Task DownloadAsync(Uri address, string path, CancellationToken cancellation)
    {
        using var client = new HttpClient();
        using var response = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        await using (file.ConfigureAwait(false))
            await ResponseBody.CopyAsync(response, file, StallTimeout, received => Progress?.Report(received), cancellation).ConfigureAwait(false);
    }

    private static async Task<string> HashAsync(string path, CancellationToken cancellation)
    {
        var file = File.OpenRead(path);
        await using (file.ConfigureAwait(false))
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation).ConfigureAwait(false));
    }
}
