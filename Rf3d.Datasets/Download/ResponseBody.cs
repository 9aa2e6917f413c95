namespace Rf3d.Datasets;

/// <summary>The content of a server's answer: received whole, or not counted as received.</summary>
internal static class ResponseBody
{
    private const int BufferBytes = 1 << 17;

    /// <summary>
    /// Appends the content to a file at its present position. The server may send nothing for as long as the stall timeout; after each piece the length of the file is reported.
    /// </summary>
    /// <exception cref="DownloadInterruptedException">The server stopped sending before the end.</exception>
    public static async Task CopyAsync(HttpResponseMessage response, Stream file, TimeSpan stallTimeout, Action<long>? received, CancellationToken cancellationToken)
    {
        var total = file.Position + response.Content.Headers.ContentLength;
        var buffer = new byte[BufferBytes];
        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        while (await ReadAsync(body, buffer, stallTimeout, cancellationToken).ConfigureAwait(false) is var count and > 0)
        {
            await file.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            received?.Invoke(file.Position);
        }
        if (file.Position < total)
            throw new DownloadInterruptedException($"Only {file.Position} of {total} bytes came.", null);
    }

    private static async Task<int> ReadAsync(Stream body, byte[] buffer, TimeSpan stallTimeout, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(stallTimeout);
        try
        {
            return await body.ReadAsync(buffer, stall.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DownloadInterruptedException(FormattableString.Invariant($"Nothing came for {stallTimeout.TotalSeconds:0.#} s."), error);
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            throw new DownloadInterruptedException(error.Message, error);
        }
    }
}
