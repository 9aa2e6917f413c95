namespace Rf3d.Datasets;

/// <summary>A file is not a readable image; the message is the reason alone, without the path and without a full stop.</summary>
internal sealed class BadImageException : Exception
{
    public BadImageException(string reason, Exception? cause = null)
        : base(reason, cause)
    {
    }

    /// <summary>Whether the file may be good, since the system failed at it: it could not be opened or read, or there was no memory. A training never leaves such a file out as a bad image.</summary>
    public bool FileMayBeGood { get; init; }
}
