using Microsoft.ML.Data;
using Rf3d.Datasets;

namespace Microsoft.ML;

/// <summary>A data set of drawn images, for first steps, tests and examples. It needs no download.</summary>
public static class DrawnShapesCatalog
{
    private const int LeastSize = 16;
    private const int MostSize = 1024;

    /// <summary>
    /// Draws images of ten classes that differ in colour, texture and outline, such as "red striped disc" and "blue striped
    /// triangle". No single one of the three tells the class, and place, size, turn, shades, background and noise are
    /// random, so that a linear model on pixels learns little of it, and a small convolutional network nearly all.
    /// </summary>
    /// <param name="catalog">The <c>Data</c> property of the ML context.</param>
    /// <param name="count">The number of images, at least 1.</param>
    /// <param name="seed">Which series of images. Default: 1.</param>
    /// <param name="size">The height and width in pixels, from 16 to 1024. Default: 32. Textures need about 24 to be seen.</param>
    /// <returns>
    /// A streaming, shuffleable view. A getter disposes the image that is passed to it, as ML.NET's LoadImages does, and the caller disposes the last one. An image from
    /// CreateEnumerable is valid until the next row.
    /// </returns>
    /// <remarks>
    /// <para>Columns: <c>Image</c> (<see cref="MLImage"/> of <paramref name="size"/>×<paramref name="size"/> pixels, opaque) and
    /// <c>Label</c> (key of 10 values with the class names as key values).</para>
    /// <para>Image i of a seed and a size is always the same, whatever the count and the platform. Each ten rows in order
    /// have each class once. Images are drawn when they are asked for and not kept. For training and test data take
    /// two seeds.</para>
    /// <para>ML.NET's ShuffleRows and Cache leave image columns out: use them after ExtractPixels.</para>
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The count or the size is out of range.</exception>
    public static IDataView LoadDrawnShapes(this DataOperationsCatalog catalog, int count, int seed = 1, int size = 32)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (size is < LeastSize or > MostSize)
            throw new ArgumentOutOfRangeException(nameof(size), size, $"The size is from {LeastSize} to {MostSize} pixels.");
        return new ImageRowView(new DrawnRows(count, seed, size));
    }
}
