using System.Net;
using System.Net.Http.Headers;

namespace Rf3d.Datasets;

/// <summary>
/// The download of one file of known MD5: into a .partial file that a later run resumes, and that gets the file's
/// name only when it is complete and right.
/// </summary>
internal sealed class FileDownload
{
    private const int BufferBytes = 128 * 1024;

    private readonly HttpClient _client;
    private readonly Uri _address;
    private readonly string _path;
    private readonly string _partial;
    private readonly string _md5;

    public FileDownload(HttpClient client, Uri address, string path, string md5)
    {
        _client = client;
        _address = address;
        _path = path;
        _partial = path + ".partial";
        _md5 = md5;
    }

    /// <summary>How long the server may send nothing before the download counts as broken off.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    public async Task<string> RunAsync(IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        if (File.Exists(_path))
        {
            await KeepIfRightAsync(progress, cancellationToken).ConfigureAwait(false);
            return _path;
        }

        // Exclusive: two downloads into one file would mix their bytes.
        var file = new FileStream(_partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, BufferBytes, useAsync: true);
        string found;
        await using (file.ConfigureAwait(false))
        {
            await ReceiveAsync(file, progress, cancellationToken).ConfigureAwait(false);
            await file.FlushAsync(cancellationToken).ConfigureAwait(false);
            file.Position = 0;
            found = await FileHash.Md5Async(file, cancellationToken).ConfigureAwait(false);
        }
        if (!string.Equals(found, _md5, StringComparison.OrdinalIgnoreCase))
        {
            File.Delete(_partial);
            throw new InvalidDataException(
                $"What was downloaded from {_address} has the MD5 {found} instead of {_md5}: it was damaged on the way, or is another file. " +
                $"'{_partial}' was deleted; download again, or check the address.");
        }
        File.Move(_partial, _path);
        return _path;
    }

    private async Task KeepIfRightAsync(IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var file = File.OpenRead(_path);
        await using (file.ConfigureAwait(false))
        {
            var found = await FileHash.Md5Async(file, cancellationToken).ConfigureAwait(false);
            if (!string.Equals(found, _md5, StringComparison.OrdinalIgnoreCase))
                throw new InvalidDataException(
                    $"'{_path}' is there already, but has the MD5 {found} instead of {_md5}: it is damaged or another file. " +
                    "Delete or rename it to download it again.");
            progress?.Report(new DownloadProgress(file.Length, file.Length));
        }
    }

    private async Task ReceiveAsync(FileStream file, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        using var response = await RequestAsync(file.Length, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // The server has no bytes after these: the file is complete if its length is the server's, else it is of no use.
            var whole = response.Content.Headers.ContentRange?.Length;
            if (whole == file.Length)
            {
                progress?.Report(new DownloadProgress(file.Length, whole));
                return;
            }
            file.SetLength(0);
            using var again = await RequestAsync(0, cancellationToken).ConfigureAwait(false);
            await CopyAsync(again, file, progress, cancellationToken).ConfigureAwait(false);
            return;
        }
        await CopyAsync(response, file, progress, cancellationToken).ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> RequestAsync(long from, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _address);
        if (from > 0)
            request.Headers.Range = new RangeHeaderValue(from, null);
        var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode || from > 0 && response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            return response;
        var status = response.StatusCode;
        response.Dispose();
        throw new HttpRequestException(
            $"The server answered {(int)status} ({status}) for {_address}. Try again later, or give a mirror as BaseAddress.", null, status);
    }

    private async Task CopyAsync(
        HttpResponseMessage response, FileStream file, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        // A server without ranges sends the whole file, and one may answer with another range than was asked for.
        var goesOn = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == file.Length;
        if (response.StatusCode == HttpStatusCode.PartialContent && !goesOn)
            throw new IOException($"The server answered with another part of {_address} than was asked for. Delete '{_partial}' and try again.");
        if (!goesOn)
            file.SetLength(0);
        file.Position = file.Length;
        var total = response.Content.Headers.ContentLength + file.Length;
        progress?.Report(new DownloadProgress(file.Length, total));

        try
        {
            await ResponseBody.CopyAsync(response, file, StallTimeout, received => progress?.Report(new DownloadProgress(received, total)), cancellationToken).ConfigureAwait(false);
        }
        catch (DownloadInterruptedException error)
        {
            throw BrokenOff(file.Position, total, error);
        }
    }

    private IOException BrokenOff(long received, long? total, DownloadInterruptedException cause)
    {
        var of = total == null ? "" : $" of {total}";
        var how = cause.IsStalled ? FormattableString.Invariant($"nothing came for {StallTimeout.TotalSeconds:0.#} s") : "the connection broke off";
        return new IOException(
            $"The download of {_address} stopped after {received}{of} bytes: {how}. '{_partial}' is kept; call again to resume.", cause);
    }
}
