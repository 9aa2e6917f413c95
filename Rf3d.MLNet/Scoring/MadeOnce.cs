namespace Rf3d.MLNet;

/// <summary>
/// Something that is made when it is first asked for. Unlike <see cref="Lazy{T}"/> it does not keep an exception: what failed for lack of memory is made when it is asked for again.
/// </summary>
/// <param name="make">Makes it. It is not called by two threads at the same time.</param>
internal sealed class MadeOnce<T>(Func<T> make) : IDisposable
    where T : class, IDisposable
{
    private readonly Lock _gate = new();
    private T? _value;

    public T Value
    {
        get
        {
            if (Volatile.Read(ref _value) is { } made)
                return made;
            lock (_gate)
            {
                var value = _value ?? make();
                Volatile.Write(ref _value, value);
                return value;
            }
        }
    }

    /// <summary>Disposes of it if it was made. It must not be asked for afterwards.</summary>
    public void Dispose()
    {
        lock (_gate)
            _value?.Dispose();
    }
}
