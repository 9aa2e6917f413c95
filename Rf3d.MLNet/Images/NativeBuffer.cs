using System.Runtime.InteropServices;

namespace Rf3d.MLNet;

/// <summary>Memory that the collector neither moves nor counts, of any length.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private byte* _bytes;

    /// <exception cref="OutOfMemoryException">There is not as much.</exception>
    public NativeBuffer(long length)
    {
        Length = length;
        _bytes = (byte*)NativeMemory.Alloc((nuint)length);
    }

    ~NativeBuffer() => Free();

    public long Length { get; }

    public Span<byte> Slice(long start, int length)
    {
        ObjectDisposedException.ThrowIf(_bytes is null, this);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + length, Length);
        return new(_bytes + start, length);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.Free(_bytes);
        _bytes = null;
    }
}
