namespace Rf3d.MLNet;

/// <summary>Images in native memory, which grows by parts and so without a copy of the previous images.</summary>
/// <param name="imageBytes">Bytes of an image.</param>
/// <param name="limit">Bytes that all images together may take.</param>
internal sealed class ImageChunks(int imageBytes, long limit) : IImageSink, IDisposable
{
    private const int ChunkBytes = 16_000_000;

    private readonly Lock _gate = new();
    private readonly List<NativeBuffer> _chunks = [];
    private readonly int _imagesInChunk = Math.Max(1, ChunkBytes / imageBytes);
    private readonly long _room = limit / imageBytes;
    private long _count;

    public long Add(ReadOnlySpan<byte> pixels)
    {
        var place = Interlocked.Increment(ref _count) - 1;
        if (place >= _room)
            return -1;
        pixels.CopyTo(this[place]);
        return place;
    }

    public Span<byte> this[long place]
    {
        get
        {
            NativeBuffer chunk;
            var (index, offset) = ((int)(place / _imagesInChunk), place % _imagesInChunk);
            lock (_gate)
            {
                while (_chunks.Count <= index)
                    _chunks.Add(new((long)_imagesInChunk * imageBytes));
                chunk = _chunks[index];
            }
            return chunk.Slice(offset * imageBytes, imageBytes);
        }
    }

    public void Dispose()
    {
        foreach (var chunk in _chunks)
            chunk.Dispose();
        _chunks.Clear();
    }
}
