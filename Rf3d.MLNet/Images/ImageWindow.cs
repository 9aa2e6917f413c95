using System.Runtime.ExceptionServices;

namespace Rf3d.MLNet;

/// <summary>
/// The few images around the one that training is at: several threads fill them in, each in rising order, one takes them out in order. However many images
/// there are, no more are in memory than fit the window.
/// </summary>
internal sealed class ImageWindow : IDisposable
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(0.1);

    private readonly object _gate = new();
    private readonly NativeBuffer _images;
    private readonly int _imageBytes;
    private readonly bool[] _filled;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _registration;
    private long _first;
    private int _producers;
    private int _waiting;
    private Exception? _error;
    private bool _stopped;

    /// <param name="images">Memory for the images; the caller's.</param>
    /// <param name="imageBytes">Bytes of an image.</param>
    /// <param name="producers">Threads that fill in; each calls <see cref="End"/>.</param>
    /// <param name="cancellation">Ends the waiting on both sides.</param>
    public ImageWindow(NativeBuffer images, int imageBytes, int producers, CancellationToken cancellation)
    {
        (_images, _imageBytes, _producers, _cancellation) = (images, imageBytes, producers, cancellation);
        _filled = new bool[images.Length / imageBytes];
        _registration = cancellation.Register(Stop);
    }

    /// <summary>Waits until there is room.</summary>
    /// <returns>False when nothing more is wanted.</returns>
    public bool WaitForRoom(long position)
    {
        lock (_gate)
        {
            while (!_stopped && position >= _first + _filled.Length)
            {
                var first = _first;
                _waiting++;
                Monitor.Wait(_gate);
                // Otherwise the count has started again.
                if (_first == first)
                    _waiting--;
            }
            return !_stopped;
        }
    }

    /// <summary>Memory of one image, for the thread that waited for it.</summary>
    public Span<byte> Slot(long position) => _images.Slice(position % _filled.Length * _imageBytes, _imageBytes);

    /// <summary>The image is complete.</summary>
    public void Fill(long position)
    {
        lock (_gate)
        {
            _filled[position % _filled.Length] = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>A thread has no more to fill in.</summary>
    /// <param name="error">Why, if it should have had more.</param>
    public void End(Exception? error = null)
    {
        lock (_gate)
        {
            _producers--;
            _error ??= error;
            _stopped |= error is not null;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Nothing more is wanted.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Takes out the next images, as soon as they are there.</summary>
    /// <param name="count">How many.</param>
    /// <param name="images">Room for them.</param>
    /// <returns>False when all threads have ended, or continued, without them.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="Exception">The error that one of the threads ended with.</exception>
    public bool TryTake(int count, Span<byte> images)
    {
        lock (_gate)
        {
            for (var i = 0; i < count; i++)
            {
                while (!_filled[(_first + i) % _filled.Length])
                {
                    if (_error is not null)
                        ExceptionDispatchInfo.Throw(_error);
                    _cancellation.ThrowIfCancellationRequested();
                    // Where all wait for room, each is beyond the image that is needed here, and no thread has it.
                    if (_waiting == _producers || _stopped)
                        return false;
                    Monitor.Wait(_gate, LookAgain);
                }
            }
        }
        // Outside the lock: slots that are filled are not written to again.
        for (var i = 0; i < count; i++)
            Slot(_first + i).CopyTo(images.Slice(i * _imageBytes, _imageBytes));
        lock (_gate)
        {
            for (var i = 0; i < count; i++)
                _filled[(_first + i) % _filled.Length] = false;
            _first += count;
            _waiting = 0;
            Monitor.PulseAll(_gate);
        }
        return true;
    }

    public void Dispose() => _registration.Dispose();
}
