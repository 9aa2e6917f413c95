using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Images in the machine's memory.</summary>
/// <param name="images">The images. Belong to the store.</param>
/// <param name="places">Where among them each row of the set is.</param>
/// <param name="index">Their size.</param>
/// <param name="device">Where batches go.</param>
internal sealed class MemoryImageStore(ImageChunks images, int[] places, ImageIndex index, Device device) : ImageStore
{
    private readonly BatchBuffer _batch = new(index.Height, index.Width, device);

    public override Tensor Fetch(Tensor rows)
    {
        var wanted = rows.data<long>().ToArray();
        var count = wanted.Length;
        var room = _batch.Room(count);
        for (var i = 0; i < count; i++)
            images[places[wanted[i]]].CopyTo(room.Slice(i * index.ImageBytes, index.ImageBytes));
        return _batch.Images(count);
    }

    public override void Dispose()
    {
        images.Dispose();
        _batch.Dispose();
    }
}
