using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Which training images an epoch sees, and in which order.</summary>
internal static class EpochOrder
{
    /// <summary>Every image once, shuffled; or, balanced, as many draws with replacement in which every class that has images is as likely.</summary>
    /// <returns>[n], int64: rows of the image set.</returns>
    public static Tensor Draw(ImageSubset images, bool balanced, Generator generator)
    {
        if (!balanced)
            return images.Indices.index_select(0, randperm(images.Count, generator: generator));
        var labels = images.Set.Labels.index_select(0, images.Indices);
        // In float64: a cumulative sum over a million images leaves float32 too few digits.
        var chances = labels.bincount(null, 0).to(ScalarType.Float64).reciprocal().index_select(0, labels);
        return images.Indices.index_select(0, chances.multinomial(images.Count, replacement: true, generator: generator));
    }
}
