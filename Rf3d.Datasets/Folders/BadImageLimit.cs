using System.Globalization;

namespace Rf3d.Datasets;

/// <summary>How many files of a view may be bad before skipping them would hide that something else is wrong.</summary>
/// <param name="fraction">The share of the files that may be bad, 0 to 1.</param>
/// <param name="fileCount">The files of the view, readable or not.</param>
internal sealed class BadImageLimit(double fraction, int fileCount)
{
    /// <summary>The share of the files that may be bad, 0 to 1.</summary>
    public double Fraction { get; } = fraction;

    // In decimal: as binary numbers, 0.29 of 100 files would be 28.
    private readonly int _allowed = (int)decimal.Floor((decimal)fraction * fileCount);

    public bool IsExceededBy(int badCount) => badCount > _allowed;

    /// <summary>The exception for more bad files than that.</summary>
    /// <param name="folder">Where the files are.</param>
    /// <param name="bad">The bad files known so far, in the order of the rows.</param>
    /// <param name="readCount">The files known so far, good or bad.</param>
    public InvalidDataException Error(string folder, IReadOnlyCollection<SkippedImage> bad, int readCount)
    {
        var cause = new BadImageLimitException(folder, fileCount, readCount, Fraction, _allowed, bad);
        return new(string.Create(
            CultureInfo.InvariantCulture,
            $"{cause.Message} {nameof(ImageFolderOptions.MaxBadImageFraction)} is {Fraction}, which allows {_allowed}. Replace or delete these files, or load the folder with a higher {nameof(ImageFolderOptions.MaxBadImageFraction)} to do without them."),
            cause);
    }
}
