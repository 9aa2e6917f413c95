namespace Rf3d.Planning;

/// <summary>
/// Adaptive average pooling (PyTorch's <c>AdaptiveAvgPool2d</c>) as a part of the linear layer after it. torchvision's VGG brings maps of any size to the 7×7 pixels that its first linear layer
/// reads; the pooling is linear, so that a layer with other weights computes the same from the maps as they are.
/// </summary>
internal static class AdaptivePooling
{
    /// <param name="weight">Weights of a layer that reads all values of maps: [outputs, channels · pixels].</param>
    /// <param name="learned">The maps that it reads.</param>
    /// <param name="planned">Maps of other height and width, and as many channels.</param>
    /// <returns>Weights of the layer that reads those: [outputs, channels · their pixels].</returns>
    public static WeightTensor Fold(WeightTensor weight, TensorShape learned, TensorShape planned)
    {
        var (rows, columns) = (Windows(planned.Height, learned.Height), Windows(planned.Width, learned.Width));
        var (learnedPixels, pixels) = (learned.Height * learned.Width, planned.Height * planned.Width);
        var maps = weight.Values.Length / learnedPixels;
        var values = new float[(long)maps * pixels];
        for (var map = 0; map < maps; map++)
        {
            for (var y = 0; y < learned.Height; y++)
            {
                for (var x = 0; x < learned.Width; x++)
                {
                    var share = weight.Values[(map * learnedPixels) + (y * learned.Width) + x] / (rows[y].Length * columns[x].Length);
                    for (var row = rows[y].Start; row < rows[y].Start + rows[y].Length; row++)
                    {
                        var start = (map * pixels) + (row * planned.Width) + columns[x].Start;
                        foreach (ref var value in values.AsSpan(start, columns[x].Length))
                            value += share;
                    }
                }
            }
        }
        return new([weight.Shape[0], (long)planned.Channels * pixels], values);
    }

    /// <summary>The windows whose means are the pooled pixels of a side: from ⌊i · length / count⌋ to ⌈(i + 1) · length / count⌉.</summary>
    private static (int Start, int Length)[] Windows(int length, int count) => [.. Enumerable.Range(0, count).Select(i =>
    {
        var (start, end) = ((long)i * length / count, (((i + 1L) * length) + count - 1) / count);
        return ((int)start, (int)(end - start));
    })];
}
