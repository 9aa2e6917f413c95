using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Images;

/// <summary>Sets of images that a test makes up.</summary>
internal static class ImageSets
{
    /// <param name="pixels">[n, height, width, 3], bytes.</param>
    /// <param name="labels">[n], int64.</param>
    /// <param name="crop">The middle that a network sees. Default: all.</param>
    public static ImageSet Of(Tensor pixels, Tensor labels, Size2D crop = default)
    {
        var index = Index(pixels, labels);
        var images = new ImageChunks(index.ImageBytes, long.MaxValue);
        using var scope = NewDisposeScope();
        for (var row = 0; row < index.Count; row++)
            images.Add(pixels[row].contiguous().bytes);
        return new(index, new MemoryImageStore(images, [.. Enumerable.Range(0, (int)index.Count)], index, CPU)) { Crop = crop };
    }

    /// <summary>The same images in a file.</summary>
    public static ImageSet Cached(ImageSet images)
    {
        using var scope = NewDisposeScope();
        using var writer = new ImageCacheWriter(Path.GetTempPath(), null, images.Height, images.Width);
        foreach (var image in images.Pixels().unbind(0))
            writer.Add(image.contiguous().bytes);
        var file = writer.Complete(new("key", "", 0, [.. Enumerable.Range(0, (int)images.Count)], images.Index.Images), warning => throw new InvalidOperationException(warning));
        return new(file.Index, new CachedImageStore(file, CPU)) { Crop = images.Crop };
    }

    public static ImageIndex Index(Tensor pixels, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var values = labels.data<long>().ToArray();
        return new(
            (int)pixels.shape[1], (int)pixels.shape[2],
            [.. values.Select((label, row) => ImageEntry.Of(pixels[row].contiguous().bytes, label))]);
    }

    /// <summary>All pixels of a set, apart from it.</summary>
    public static Tensor Pixels(this ImageSet images) => images.Store.Fetch(arange(images.Count)).clone();
}
