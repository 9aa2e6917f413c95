using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Images that come from outside of memory: separate threads get the announced images while the device computes.</summary>
internal abstract class PrefetchedImageStore(ImageIndex index, Device device) : ImageStore
{
    private const int BatchesAhead = 3;
    private const long MostBytesAhead = 256_000_000;

    private readonly BatchBuffer _batch = new(index.Height, index.Width, device);
    private readonly DecodeWorkers _workers = new();
    private NativeBuffer? _images;
    private Run? _run;

    private sealed record Run(ImageRequest Request, ImageWindow Window, Task[] Threads)
    {
        public long Next { get; set; }
    }

    public sealed override void Prefetch(ImageRequest request, CancellationToken cancellation)
    {
        Stop();
        var threads = Begin(request);
        ImageWindow? window = null;
        try
        {
            // As many as keep all threads at work; never less than a batch, which has to lie in the window as a whole.
            var ahead = Math.Min((BatchesAhead * request.BatchSize) + (long)threads.ImagesAhead, Math.Max(1, MostBytesAhead / index.ImageBytes));
            var capacity = Math.Min(Math.Max(ahead, request.BatchSize), Math.Max(1, request.Rows.Length)) * index.ImageBytes;
            if (_images is null || _images.Length < capacity)
            {
                _images?.Dispose();
                _images = new(capacity);
            }
            var room = window = new ImageWindow(_images, index.ImageBytes, threads.Work.Length, cancellation);
            _run = new(request, room, _workers.Start([.. threads.Work.Select(work => (Action)(() => Work(work, room)))]));
        }
        catch
        {
            window?.Dispose();
            threads.Abandon();
            throw;
        }
    }

    public sealed override Tensor Fetch(Tensor rows)
    {
        var wanted = rows.data<long>().ToArray();
        var count = wanted.Length;
        var room = _batch.Room(count);
        if (_run is not { } run || !IsNext(run, wanted))
        {
            for (var i = 0; i < count; i++)
                Read(wanted[i], room.Slice(i * index.ImageBytes, index.ImageBytes));
        }
        else if (run.Window.TryTake(count, room))
        {
            run.Next += count;
        }
        else
        {
            throw Incomplete();
        }
        return _batch.Images(count);
    }

    /// <summary>The threads that get the requested images.</summary>
    /// <param name="Work">Fill the window, each with its share of the request, in rising order of the positions in it.</param>
    /// <param name="ImagesAhead">Images that they have to be ahead by in addition to some batches, to be at work all the time.</param>
    /// <param name="Abandon">Frees the resources that they would have freed, where they never start.</param>
    protected sealed record Threads(Action<ImageWindow>[] Work, int ImagesAhead, Action Abandon);

    protected abstract Threads Begin(ImageRequest request);

    /// <summary>Reads an image that was not announced.</summary>
    protected abstract void Read(long row, Span<byte> pixels);

    /// <summary>The error if announced images do not arrive.</summary>
    protected abstract Exception Incomplete();

    /// <summary>Ends the threads, and waits for the images that they are at.</summary>
    protected void Stop()
    {
        if (_run is not { } run)
            return;
        _run = null;
        run.Window.Stop();
        Task.WaitAll(run.Threads);
        run.Window.Dispose();
    }

    public override void Dispose()
    {
        Stop();
        _workers.Dispose();
        _images?.Dispose();
        _batch.Dispose();
    }

    private static void Work(Action<ImageWindow> work, ImageWindow window)
    {
        try
        {
            work(window);
            window.End();
        }
        catch (Exception error)
        {
            // Whatever it is, it is the business of the one who waits for the images.
            window.End(error);
        }
    }

    private static bool IsNext(Run run, ReadOnlySpan<long> wanted)
    {
        if (run.Next + wanted.Length > run.Request.Rows.Length)
            return false;
        for (var i = 0; i < wanted.Length; i++)
        {
            if (run.Request.Rows[run.Next + i] != wanted[i])
                return false;
        }
        return true;
    }
}
