namespace Rf3d.Datasets;

/// <summary>Downloads the archives of CIFAR-10 and CIFAR-100 from the site of their author.</summary>
public static class CifarDownloader
{
    /// <summary>Downloads <c>cifar-10-binary.tar.gz</c> (170 MB) unless the folder has it.</summary>
    /// <param name="folder">The folder for the archive. It is created if it does not exist.</param>
    /// <param name="options">A mirror or an HTTP client, or null for the defaults.</param>
    /// <param name="progress">Receives the progress of the download; null for none.</param>
    /// <param name="cancellationToken">Stops the download. The received part is kept for the next call.</param>
    /// <returns>The path of the archive, which <c>LoadCifar10</c> takes.</returns>
    /// <remarks>
    /// Until the file is complete and has the published MD5, its name is <c>cifar-10-binary.tar.gz.partial</c>. After an interruption, the next call resumes the download
    /// if the server supports it. An existing file is verified and not downloaded again.
    /// </remarks>
    /// <exception cref="HttpRequestException">The server cannot be reached or refuses.</exception>
    /// <exception cref="IOException">The connection was lost or stalled, or the disk cannot be written.</exception>
    /// <exception cref="InvalidDataException">The file is not the published one. If it was downloaded now, it is deleted.</exception>
    public static Task<string> DownloadCifar10Async(
        string folder, CifarDownloadOptions? options = null, IProgress<DownloadProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        DownloadAsync(CifarLayout.Cifar10, folder, options, progress, cancellationToken);

    /// <summary>Downloads <c>cifar-100-binary.tar.gz</c> (169 MB), unless the folder has it.</summary>
    /// <param name="folder">The folder for the archive. It is created if it does not exist.</param>
    /// <param name="options">A mirror or an HTTP client, or null for the defaults.</param>
    /// <param name="progress">Receives the progress of the download; null for none.</param>
    /// <param name="cancellationToken">Stops the download. The received part is kept for the next call.</param>
    /// <returns>The path of the archive, which <c>LoadCifar100</c> takes.</returns>
    /// <remarks>See <see cref="DownloadCifar10Async"/>.</remarks>
    /// <exception cref="HttpRequestException">The server cannot be reached or refuses.</exception>
    /// <exception cref="IOException">The connection was lost or stalled, or the disk cannot be written.</exception>
    /// <exception cref="InvalidDataException">The file is not the published one. If it was downloaded now, it is deleted.</exception>
    public static Task<string> DownloadCifar100Async(
        string folder, CifarDownloadOptions? options = null, IProgress<DownloadProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        DownloadAsync(CifarLayout.Cifar100, folder, options, progress, cancellationToken);

    private static async Task<string> DownloadAsync(
        CifarLayout layout, string folder, CifarDownloadOptions? options, IProgress<DownloadProgress>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        options ??= new CifarDownloadOptions();
        using var own = options.HttpClient == null ? new HttpClient() : null;
        // Uri would drop the last part of an address without a slash at its end.
        var address = new Uri(options.BaseAddress.AbsoluteUri.TrimEnd('/') + "/" + layout.Archive);
        var download = new FileDownload(options.HttpClient ?? own!, address, Path.Combine(folder, layout.Archive), layout.ArchiveMd5);
        return await download.RunAsync(progress, cancellationToken).ConfigureAwait(false);
    }
}
