using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Images in a file, which is read, not mapped: the system keeps or drops the parts that have been read.</summary>
/// <param name="file">The file. Belongs to the store.</param>
/// <param name="device">Where batches go.</param>
internal sealed class CachedImageStore(ImageCacheFile file, Device device) : PrefetchedImageStore(file.Index, device)
{
    private const int MostThreads = 4;

    protected override Threads Begin(ImageRequest request)
    {
        var threads = Math.Clamp(Environment.ProcessorCount, 1, MostThreads);
        return new([.. Enumerable.Range(0, threads).Select(share => (Action<ImageWindow>)(window => Work(request.Rows, window, share, threads)))], threads, () => { });
    }

    protected override void Read(long row, Span<byte> pixels) => file.Read(row, pixels);

    protected override Exception Incomplete() => new InvalidOperationException("The image cache was closed while training asked for images.");

    public override void Dispose()
    {
        base.Dispose();
        file.Dispose();
    }

    private void Work(long[] rows, ImageWindow window, int share, int threads)
    {
        for (var position = share; position < rows.Length && window.WaitForRoom(position); position += threads)
        {
            file.Read(rows[position], window.Slot(position));
            window.Fill(position);
        }
    }
}
