using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>Finds how large the images are, and with it the size that they are resized to, where the options leave it open.</summary>
internal static class ImageSizeFinder
{
    // So many images tell well enough how large the others are. Fewer, where nearly all of them ask for the same size: the median of all is then that one, too.
    private const int Sample = 200;
    private const int SmallSample = 40;
    private const double ShareOfSmallSample = 0.9;

    /// <summary>The size that options or schema fix; null when only the images can tell.</summary>
    public static Size2D? FromSchema(Size2D? given, DataViewSchema.Column image) =>
        given ?? (Declared(image) is { } size ? ImageSizeChoice.Of([size]) : null);

    /// <summary>The size for these images. Reads as many of them as it takes to be sure.</summary>
    /// <param name="given">The size that the options state; null for none.</param>
    /// <param name="data">The images.</param>
    /// <param name="image">Their column.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="onSizes">Receives the sizes that the choice is by, where images were looked at; null for none.</param>
    /// <exception cref="ArgumentException">There is no image.</exception>
    public static Size2D FromData(
        Size2D? given, IDataView data, DataViewSchema.Column image, CancellationToken cancellation, Action<IReadOnlyList<Size2D>>? onSizes = null) =>
        given ?? FromImages(data, image, onSizes, cancellation);

    private static Size2D? Declared(DataViewSchema.Column image) =>
        image.Type is ImageDataViewType { Height: > 0, Width: > 0 } type ? new Size2D(type.Height, type.Width) : null;

    private static Size2D FromImages(IDataView data, DataViewSchema.Column image, Action<IReadOnlyList<Size2D>>? onSizes, CancellationToken cancellation)
    {
        var sizes = new List<Size2D>();
        // Folders are sorted by class, whose images may be alike: a shuffled sample tells more. The seed is fixed, so that the size is.
        using var cursor = data.GetRowCursor([image], data.CanShuffle ? new Random(1) : null);
        var getter = cursor.GetGetter<MLImage>(image);
        MLImage? value = null;
        try
        {
            var (mixed, isUnreadable) = (false, false);
            while (!(mixed && (sizes.Count >= Sample || IsSettled(sizes))) && cursor.MoveNext())
            {
                cancellation.ThrowIfCancellationRequested();
                try
                {
                    getter(ref value!);
                }
                catch (ArgumentException)
                {
                    // One that ML.NET's LoadImages cannot decode. The pass over all images names it.
                    isUnreadable = true;
                    continue;
                }
                if (value is null)
                    continue;
                var size = new Size2D(value.Height, value.Width);
                // An [ImageType] attribute must state some size, whether true or not: it counts if the first image has it.
                if (sizes.Count == 0 && size == Declared(image))
                {
                    onSizes?.Invoke([size]);
                    return ImageSizeChoice.Of([size]);
                }
                mixed |= Math.Max(size.Height, size.Width) > ConvNetFactory.MaximumCifarFormSize || (sizes.Count > 0 && size != sizes[0]);
                sizes.Add(size);
            }
            if (sizes.Count > 0)
                onSizes?.Invoke(sizes);
            return sizes.Count > 0 ? ImageSizeChoice.Of(sizes) : throw new ArgumentException(
                isUnreadable ? $"No image in the column '{image.Name}' can be read: check that the files are images, and whole." : $"The data is empty: no row has an image in the column '{image.Name}'.", nameof(data));
        }
        finally
        {
            // Native memory of the full size, which free memory is measured with soon. In other data it may be the user's image.
            if (RowsIdentity.IsOfDataSet(image))
                value?.Dispose();
        }
    }

    private static bool IsSettled(List<Size2D> sizes) =>
        sizes.Count >= SmallSample && sizes.GroupBy(size => ImageSizeChoice.Of([size])).Max(group => group.Count()) >= ShareOfSmallSample * sizes.Count;
}
