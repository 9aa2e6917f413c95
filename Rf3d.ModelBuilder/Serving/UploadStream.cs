namespace Rf3d.ModelBuilder;

/// <summary>The body of a request, which takes memory for what it has read until it is disposed.</summary>
/// <param name="body">The body, which stays open.</param>
/// <param name="memory">The memory of all uploads.</param>
internal sealed class UploadStream(Stream body, UploadMemory memory) : Stream
{
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await body.ReadAsync(buffer, cancellationToken);
        memory.Take(read);
        _read += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // Kestrel does not allow synchronous reading either.
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    /// <summary>Gives the memory back.</summary>
    protected override void Dispose(bool disposing)
    {
        memory.Return(_read);
        _read = 0;
        base.Dispose(disposing);
    }
}
