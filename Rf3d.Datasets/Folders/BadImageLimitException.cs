using System.Globalization;

namespace Rf3d.Datasets;

/// <summary>
/// More images cannot be read than <see cref="ImageFolderOptions.MaxBadImageFraction"/> allows: the cause of the <see cref="InvalidDataException"/> that reading throws then, for front ends that
/// have other names for the options.
/// </summary>
public sealed class BadImageLimitException : Exception
{
    private const int NamesInMessage = 5;

    internal BadImageLimitException(string folder, int fileCount, int readCount, double fraction, int allowed, IReadOnlyCollection<SkippedImage> bad)
        : base(Describe(folder, fileCount, readCount, bad)) =>
        (Folder, FileCount, ReadCount, Fraction, AllowedCount, BadImages) = (folder, fileCount, readCount, fraction, allowed, [.. bad]);

    /// <summary>The folder of the images.</summary>
    public string Folder { get; }

    /// <summary>Number of files of the view, readable or not.</summary>
    public int FileCount { get; }

    /// <summary>Number of files that had been looked at, good or bad.</summary>
    public int ReadCount { get; }

    /// <summary>The share of the files that may be bad, 0 to 1.</summary>
    public double Fraction { get; }

    /// <summary>Number of files that may be bad.</summary>
    public int AllowedCount { get; }

    /// <summary>The bad files known so far, in the order of the rows.</summary>
    public IReadOnlyList<SkippedImage> BadImages { get; }

    private static string Describe(string folder, int fileCount, int readCount, IReadOnlyCollection<SkippedImage> bad)
    {
        var first = string.Join("; ", bad.Take(NamesInMessage).Select(image => $"'{image.Path}': {image.Reason}"));
        var more = bad.Count > NamesInMessage ? string.Create(CultureInfo.InvariantCulture, $"; and {bad.Count - NamesInMessage} more") : "";
        return string.Create(CultureInfo.InvariantCulture, $"Too many images cannot be read: {bad.Count} of the {readCount} files looked at so far, of {fileCount} in '{folder}': {first}{more}.");
    }
}
