using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Rf3d.MLNet;

/// <summary>Works out the size that images are resized to, where the options leave it open.</summary>
internal static class ImageSizeFinder
{
    private const int MaximumNativeSize = ConvNets.MaximumCifarFormSize;
    private const int SmallestSquare = 32;
    private const int LargestSquare = 224;
    private const int Step = 16;

    // So many images tell well enough how large the others are.
    private const int Sample = 200;

    /// <summary>The size that options or schema fix; null when only the images can tell.</summary>
    public static Size2D? FromSchema(Rf3dImageClassificationTrainer.Options options, DataViewSchema.Column image)
    {
        if (options is { ImageHeight: { } height, ImageWidth: { } width })
            return new Size2D(height, width);
        if (options.Network is { } network)
            return new Size2D(network.Input.Height, network.Input.Width);
        return image.Type is ImageDataViewType { Height: > 0, Width: > 0 } type ? Choose([new Size2D(type.Height, type.Width)]) : null;
    }

    /// <summary>
    /// Reads images until it is clear: all of them while they share one small size, some of them once they do not.
    /// </summary>
    public static Size2D FromImages(IDataView data, DataViewSchema.Column image, CancellationToken cancellation)
    {
        var sizes = new List<Size2D>();
        using var cursor = data.GetRowCursor([image]);
        var getter = cursor.GetGetter<MLImage>(image);
        MLImage? value = null;
        var mixed = false;
        while (cursor.MoveNext() && !(mixed && sizes.Count >= Sample))
        {
            cancellation.ThrowIfCancellationRequested();
            getter(ref value!);
            if (value is null)
                continue;
            var size = new Size2D(value.Height, value.Width);
            mixed |= Math.Max(size.Height, size.Width) > MaximumNativeSize || (sizes.Count > 0 && size != sizes[0]);
            if (mixed || sizes.Count == 0)
                sizes.Add(size);
        }
        if (sizes.Count == 0)
            throw new ArgumentException($"The data has no row with an image in the column '{image.Name}'.", nameof(data));
        return Choose(sizes);
    }

    /// <summary>The one small size that all share, else the square nearest to the median of the shorter sides, in steps of 16.</summary>
    internal static Size2D Choose(IReadOnlyList<Size2D> sizes)
    {
        var first = sizes[0];
        if (first is { Height: <= MaximumNativeSize, Width: <= MaximumNativeSize } && sizes.All(size => size == first))
            return first;
        var shorter = sizes.Select(size => Math.Min(size.Height, size.Width)).Order().ElementAt(sizes.Count / 2);
        var nearest = (int)Math.Round((double)shorter / Step, MidpointRounding.AwayFromZero) * Step;
        return Math.Clamp(nearest, SmallestSquare, LargestSquare);
    }
}
