namespace Rf3d.Datasets;

/// <summary>Progress of a download.</summary>
/// <param name="BytesReceived">Number of bytes of the file on disk, with those of an earlier, interrupted download.</param>
/// <param name="TotalBytes">Length of the file in bytes; null if the server does not send it.</param>
public readonly record struct DownloadProgress(long BytesReceived, long? TotalBytes);
