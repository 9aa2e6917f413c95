using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>Makes the thumbnails of the images that the page of an audit lists, which are decoded once more.</summary>
/// <param name="parts">The data.</param>
/// <param name="maxPixels">Pixels that an image may have.</param>
/// <param name="isUpright">Whether images are turned as the orientation in their files says.</param>
internal sealed class AuditPictures(IReadOnlyDictionary<AuditSplit, ImageFolderDataView> parts, long maxPixels, bool isUpright)
{
    private const int LongestSide = 128;

    /// <param name="images">The images that are listed.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The pictures by part and row; none of an image that cannot be read any more.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Dictionary<(AuditSplit Split, long Row), Picture> Of(IEnumerable<AuditedImage> images, CancellationToken cancellation)
    {
        var pictures = new Dictionary<(AuditSplit, long), Picture>();
        var withFiles = parts.Where(part => part.Value.Paths.Any()).Select(part => part.Key).ToHashSet();
        var all = images.DistinctBy(image => (image.Split, image.Row)).ToLookup(image => withFiles.Contains(image.Split));
        foreach (var image in all[true])
        {
            cancellation.ThrowIfCancellationRequested();
            if (Read(image.Path!) is { } picture)
                pictures[(image.Split, image.Row)] = picture;
        }
        foreach (var part in all[false].GroupBy(image => image.Split))
        {
            var rows = part.Select(image => image.Row).ToHashSet();
            foreach (var row in new ImageRows(parts[part.Key], "Image", "Label", parts[part.Key].Classes).Read().Where(row => rows.Contains(row.Number)))
            {
                cancellation.ThrowIfCancellationRequested();
                pictures[(part.Key, row.Number)] = Pictures.Of(row.Image(), LongestSide, RgbColor.White);
            }
        }
        return pictures;
    }

    private Picture? Read(string path)
    {
        try
        {
            using var image = ImageReader.Read(path, maxPixels, isUpright);
            return Pictures.Of(image, LongestSide, RgbColor.White);
        }
        catch (InvalidDataException)
        {
            // Changed or deleted since it was read.
            return null;
        }
    }
}
