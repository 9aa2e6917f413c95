namespace Rf3d.ModelBuilder;

/// <summary>The memory that all uploads share. Bytes take it when they arrive, not when they are announced: a slow upload keeps no room for what it has not sent.</summary>
/// <param name="capacity">Bytes.</param>
internal sealed class UploadMemory(long capacity)
{
    private long _taken;

    /// <summary>Takes memory for bytes that have arrived.</summary>
    /// <exception cref="UploadMemoryException">There is not as much left.</exception>
    public void Take(int bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= capacity)
            return;
        Return(bytes);
        throw new UploadMemoryException();
    }

    /// <summary>Gives memory back.</summary>
    public void Return(long bytes) => Interlocked.Add(ref _taken, -bytes);
}

/// <summary>The memory for uploads is used up.</summary>
internal sealed class UploadMemoryException() : Exception("The memory for images that are received or wait is used up. Send the image again later.");
