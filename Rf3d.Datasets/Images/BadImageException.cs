namespace Rf3d.Datasets;

/// <summary>A file is not a readable image; the message is the reason alone, without the path and without a full stop.</summary>
internal sealed class BadImageException : Exception
{
    private const string Mark = "rf3d.FileMayBeGood";

    public BadImageException(string reason, Exception? cause = null)
        : base(reason, cause)
    {
    }

    /// <summary>Whether the file may be good, since the system failed at it: it could not be opened or read, or there was no memory. A training never leaves such a file out as a bad image.</summary>
    public bool FileMayBeGood
    {
        get => Data[Mark] is true;
        init => Data[Mark] = value;
    }

    /// <summary>Whether such a file is the cause of an error. Other assemblies have copies of this class: the error is recognized by an entry of its data, not by its type.</summary>
    public static bool MayBeGoodIn(Exception? error) => error is not null && (error.Data[Mark] is true || MayBeGoodIn(error.InnerException));
}
