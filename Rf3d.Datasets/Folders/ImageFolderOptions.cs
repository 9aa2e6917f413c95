using System.Globalization;

namespace Rf3d.Datasets;

/// <summary>Options for loading images from folders. <see cref="ImageTableOptions"/> has those of tables.</summary>
public class ImageFolderOptions
{
    /// <summary>What happens with files that cannot be decoded: empty, cut short, damaged, not an image, or with more than <see cref="MaxPixels"/> pixels.</summary>
    /// <value>Default: <see cref="BadImageAction.Fail"/>.</value>
    public BadImageAction OnBadImage { get; set; } = BadImageAction.Fail;

    /// <summary>With <see cref="BadImageAction.Skip"/>, the share of the files that may be bad.</summary>
    /// <value>0 to 1. Default: 0.1, rounded down to whole files, so that of fewer than 10 files none may be bad.</value>
    /// <remarks>
    /// Many bad files usually mean a wrong folder, an incomplete download or a full disk. Reading throws at the first bad file above the limit, and so does every later
    /// pass. <see cref="ImageFolderDataView.SkippedImages"/> lists the files so far. The parts of a <see cref="ImageFolderDataView.Split"/>, and training and validation
    /// folders, are counted separately.
    /// </remarks>
    public double MaxBadImageFraction { get; set; } = 0.1;

    /// <summary>
    /// Height and width that a decoded JPEG must have at least, if the file has them. It is decoded at the smallest eighth of its size that has, which is faster for
    /// large photographs.
    /// </summary>
    /// <value>Pixels, at least 1. Default: null, full size.</value>
    /// <remarks>
    /// <para>Other formats are decoded at full size. For a trainer that resizes to 128 pixels set 128, or 256 for pixels closer to those of full size.</para>
    /// <para>An application that decodes at full size resizes slightly different pixels than those trained on. A trainer that chooses its image size from the data sees
    /// the decoded images: set the image size, too.</para>
    /// </remarks>
    public int? DecodeSize { get; set; }

    /// <summary>Whether images are turned upright by their EXIF orientation (JPEG, PNG, WebP and TIFF).</summary>
    /// <value>Default: true.</value>
    /// <remarks>
    /// ML.NET's <c>LoadImages</c> does not do this: an application that scores the model must read images with <see cref="ImageReader"/>, or the model must be trained
    /// with false. HEIC and AVIF are always upright.
    /// </remarks>
    public bool ApplyOrientation { get; set; } = true;

    /// <summary>Most pixels (height times width) of an image, by the header of its file. A larger image is a bad image, and no memory is allocated for it.</summary>
    /// <value>Pixels, at least 1. Default: 100,000,000, which take 400 MB.</value>
    public long MaxPixels { get; set; } = ImageReader.DefaultMaxPixels;

    /// <summary>
    /// The classes and their order, for a folder that must agree with another one, for example with <see cref="ImageFolderDataView.Classes"/> of the training data.
    /// </summary>
    /// <value>Default: null, the names of the class folders in ordinal order.</value>
    /// <remarks>A class without a folder has no images. A folder that is not among the classes is an error.</remarks>
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
