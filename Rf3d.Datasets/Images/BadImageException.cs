namespace Rf3d.Datasets;

/// <summary>A file is not a readable image; the message is the reason alone, without the path and without a full stop.</summary>
internal sealed class BadImageException : Exception
{
    public BadImageException(string reason, Exception? cause = null)
        : base(reason, cause)
    {
    }
}
