using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Decoded images and their classes: their properties in memory, and their pixels in the store.</summary>
internal sealed class ImageSet(ImageIndex index, ImageStore store) : IDisposable
{
    public ImageIndex Index => index;

    /// <summary>The pixels. Belongs to the set.</summary>
    public ImageStore Store => store;

    /// <summary>[n], int64, from 0.</summary>
    public Tensor Labels { get; } = tensor(index.Labels()).DetachFromDisposeScope();

    public long Count => index.Count;

    public int Height => index.Height;

    public int Width => index.Width;

    /// <summary>The middle part of each image that the network sees. Default: all of it.</summary>
    public Size2D Crop { get => field == default ? new(Height, Width) : field; init; }

    /// <summary>The part of images that the network sees. [n, height, width, 3], a view.</summary>
    public Tensor Middle(Tensor images) => Crop == new Size2D(Height, Width) ? images : images.narrow(1, (Height - Crop.Height) / 2, Crop.Height).narrow(2, (Width - Crop.Width) / 2, Crop.Width);

    /// <summary>Images by class.</summary>
    public long[] ClassCounts(int classes)
    {
        using var counts = Labels.bincount(null, classes);
        return counts.data<long>().ToArray();
    }

    public void Dispose()
    {
        store.Dispose();
        Labels.Dispose();
    }
}
