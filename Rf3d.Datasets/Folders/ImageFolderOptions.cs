using System.Globalization;

namespace Rf3d.Datasets;

/// <summary>Options for loading images from folders. <see cref="ImageTableOptions"/> has those of tables.</summary>
public class ImageFolderOptions
{
    /// <summary>
    /// What to do about files that cannot be decoded: empty, cut short, damaged, not an image, or of more pixels than <see cref="MaxPixels"/>.
    /// Default: <see cref="BadImageAction.Fail"/>.
    /// </summary>
    public BadImageAction OnBadImage { get; set; } = BadImageAction.Fail;

    /// <summary>
    /// With <see cref="BadImageAction.Skip"/>, the share of a view's files that may be bad, 0 to 1: a few are an accident, many are the wrong folder, a
    /// download that broke off or a full disk. Reading throws at the first bad file beyond it, and so does every later pass; the files so far are in
    /// <see cref="ImageFolderDataView.SkippedImages"/>. The parts of a <see cref="ImageFolderDataView.Split"/>, and training and validation folder, count
    /// apart. 1 leaves out any number. Default: 0.1, rounded down to whole files, so that of fewer than 10 none may be bad.
    /// </summary>
    public double MaxBadImageFraction { get; set; } = 0.1;

    /// <summary>
    /// Pixels that height and width of a decoded image must at least have, if the file has them: a JPEG is decoded at the smallest eighth of its size that
    /// leaves as many, which takes a fraction of the time for large photographs; other formats at theirs. For a trainer that resizes to 128 pixels take 128, or 256 to
    /// come closer to what full size gives. An application that scores decodes at full size, so that the pixels it resizes differ a little from those trained on.
    /// A trainer that works out the size of its input from the images sees the decoded ones: set that too. At least 1. Default: null, full size.
    /// </summary>
    public int? DecodeSize { get; set; }

    /// <summary>
    /// Whether images are turned upright as the orientation in their EXIF data says (JPEG, PNG, WebP and TIFF): a camera that is held upright stores the picture lying on its side,
    /// and every viewer turns it. ML.NET's LoadImages does not: an application that scores the model must read images by <see cref="ImageReader"/>, or set this to false here.
    /// HEIC and AVIF are upright at all times. Default: true.
    /// </summary>
    public bool ApplyOrientation { get; set; } = true;

    /// <summary>
    /// Pixels (height times width) that an image may have, by the header of its file. A larger one counts as a file that cannot be decoded, and no memory is taken for
    /// it: a few bytes can claim to be gigabytes of pixels. At least 1. Default: 100,000,000, which take 400 MB.
    /// </summary>
    public long MaxPixels { get; set; } = ImageReader.DefaultMaxPixels;

    /// <summary>
    /// The classes and their order, for a folder that must agree with another one, such as
    /// <see cref="ImageFolderDataView.Classes"/> of the training data. A class without a folder then has no images; a
    /// folder that is not among them is an error. Default: null, for the names of the class folders in ordinal order.
    /// </summary>
    public IReadOnlyList<string>? Classes { get; set; }

    /// <exception cref="ArgumentException">An option is out of range.</exception>
    internal virtual void Check()
    {
        if (!Enum.IsDefined(OnBadImage))
            throw new ArgumentException("OnBadImage is BadImageAction.Fail or BadImageAction.Skip.", "options");
        // Written so that it is false for NaN.
        if (MaxBadImageFraction is not (>= 0 and <= 1))
            throw Wrong($"MaxBadImageFraction is {MaxBadImageFraction}; it must be at least 0 and at most 1.");
        if (DecodeSize is < 1)
            throw Wrong($"DecodeSize is {DecodeSize}; it must be at least 1, or null.");
        if (MaxPixels < 1)
            throw Wrong($"MaxPixels is {MaxPixels}; it must be at least 1.");
        if (Classes is { } classes && (classes.Count == 0 || classes.Any(string.IsNullOrEmpty) || classes.Distinct(StringComparer.Ordinal).Count() != classes.Count))
            throw new ArgumentException("Classes needs at least one name, no empty one, and none twice.", "options");

        static ArgumentException Wrong(FormattableString message) => new(message.ToString(CultureInfo.InvariantCulture), "options");
    }

    /// <summary>The same options with other classes.</summary>
    internal ImageFolderOptions With(IReadOnlyList<string> classes)
    {
        var copy = (ImageFolderOptions)MemberwiseClone();
        copy.Classes = classes;
        return copy;
    }
}
