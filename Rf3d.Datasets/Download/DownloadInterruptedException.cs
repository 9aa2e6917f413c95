namespace Rf3d.Datasets;

/// <summary>A server stopped sending before the end.</summary>
/// <param name="message">The event as a sentence.</param>
/// <param name="cause">The error of the connection; null where it was closed without one.</param>
internal sealed class DownloadInterruptedException(string message, Exception? cause) : IOException(message, cause)
{
    /// <summary>Whether the server kept the connection and sent nothing.</summary>
    public bool IsStalled => InnerException is OperationCanceledException;
}
