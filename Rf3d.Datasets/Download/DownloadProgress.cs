namespace Rf3d.Datasets;

/// <summary>How far a download is.</summary>
/// <param name="BytesReceived">The bytes of the file that are on disk, those of an earlier, interrupted download included.</param>
/// <param name="TotalBytes">The length of the file in bytes, or null where the server does not tell.</param>
public readonly record struct DownloadProgress(long BytesReceived, long? TotalBytes);
