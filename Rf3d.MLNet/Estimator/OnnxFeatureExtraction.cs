using Microsoft.ML.OnnxRuntime;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Computes features with ONNX Runtime, on the CPU, as the saved model does. Every core works on batches of its own, each on one thread, so that no core waits
/// for another. Features do not depend on the number of threads.
/// </summary>
/// <remarks>On two cores with AVX-512 a ResNet-18 at 224 pixels takes 19 ms an image, and 22 to 24 ms with TorchSharp, which does not fold normalisations and activations into the convolutions.</remarks>
internal sealed class OnnxFeatureExtraction : IFeatureExtraction, IDisposable
{
    /// <summary>Images in a batch. Larger ones are not faster, and each thread has the maps of one in memory.</summary>
    private const int BatchSize = 4;

    private const int Channels = 3;

    private static readonly string[] Inputs = [OnnxWriter.ImageInput];
    private static readonly string[] Outputs = [OnnxWriter.FeaturesOutput];

    // Mirror images are those of normalised images, also where the mean differs from pixel to pixel: the graph is given normalised ones.
    private static readonly ChannelStatistics Normalised = new([0, 0, 0], [1, 1, 1]);

    private readonly Size2D _size;
    private readonly ChannelStatistics _statistics;
    private readonly int _features;
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();

    /// <param name="layout">The network.</param>
    /// <param name="weights">Its weights. Those of the last layer are not looked at and may be missing.</param>
    /// <param name="statistics">By which pixels are normalised.</param>
    /// <exception cref="KeyNotFoundException">The weights lack a tensor of the network.</exception>
    public OnnxFeatureExtraction(NetworkLayout layout, WeightTable weights, ChannelStatistics statistics)
    {
        (_size, _statistics, _features) = (new(layout.Network.Input.Height, layout.Network.Input.Width), statistics, layout.Classifier.Inputs);
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, ExecutionMode = ExecutionMode.ORT_SEQUENTIAL };
        _session = new InferenceSession(OnnxWriter.Features(layout, weights, Normalised), options);
    }

    public Action<long> Report { get; set; } = _ => { };

    /// <summary>Batches that are computed at a time.</summary>
    public int Threads { get; init; } = get_num_threads();

    public int BatchesOf(long images) => (int)((images + BatchSize - 1) / BatchSize);

    /// <inheritdoc/>
    public ImageFeatures Run(ImageSubset images, bool mirror, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var rows = images.Indices.data<long>().ToArray();
        // Stores that read from front to back need rising rows; features return to their places.
        int[] places = [.. Enumerable.Range(0, rows.Length).OrderBy(place => rows[place])];
        var ordered = Array.ConvertAll(places, place => rows[place]);
        var features = new float[rows.Length * _features];
        var mirrored = mirror ? new float[features.Length] : null;
        images.Set.Store.Prefetch(new(ordered, BatchSize, Pass: null), cancellation);
        var running = new Queue<(Task Task, int Done)>();
        using var slots = new SemaphoreSlim(Threads);
        try
        {
            for (var first = 0; first < rows.Length; first += BatchSize)
            {
                while (running.TryPeek(out var oldest) && (oldest.Task.IsCompleted || running.Count >= 2 * Threads))
                    Complete(running.Dequeue());
                cancellation.ThrowIfCancellationRequested();
                var (count, where) = (Math.Min(BatchSize, rows.Length - first), first);
                var pixels = Fetch(images.Set, ordered.AsSpan(first, count));
                running.Enqueue((Start(() => Compute(pixels, places.AsSpan(where, count))), first + count));
            }
            while (running.TryDequeue(out var batch))
            {
                cancellation.ThrowIfCancellationRequested();
                Complete(batch);
            }
        }
        finally
        {
            // The session may be disposed next.
            Task.WhenAll(running.Select(batch => batch.Task)).ContinueWith(_ => { }, TaskScheduler.Default).Wait(CancellationToken.None);
        }
        long[] shape = [rows.Length, _features];
        return new(
            tensor(features).view(shape).MoveToOuterDisposeScope(), mirrored is null ? null : tensor(mirrored).view(shape).MoveToOuterDisposeScope(),
            Array.ConvertAll(rows, row => (long)images.Set.Index[row].Label));

        void Complete((Task Task, int Done) batch)
        {
            batch.Task.GetAwaiter().GetResult();
            Report(batch.Done);
        }

        async Task Start(Action compute)
        {
            await slots.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            try
            {
                await Task.Run(compute, CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                slots.Release();
            }
        }

        void Compute(byte[] pixels, ReadOnlySpan<int> where)
        {
            var planes = Planes(pixels, where.Length);
            Put(Features(planes, where.Length), where, features);
            if (mirrored is null)
                return;
            for (var line = 0; line < planes.Length; line += _size.Width)
                planes.AsSpan(line, _size.Width).Reverse();
            Put(Features(planes, where.Length), where, mirrored);
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        _runOptions.Dispose();
    }

    /// <summary>The middle of images, [n, height, width, 3].</summary>
    private static byte[] Fetch(ImageSet set, ReadOnlySpan<long> rows)
    {
        using var scope = NewDisposeScope();
        var images = set.Store.Fetch(tensor(rows.ToArray()));
        var middle = images.narrow(1, (set.Height - set.Crop.Height) / 2, set.Crop.Height).narrow(2, (set.Width - set.Crop.Width) / 2, set.Crop.Width);
        return middle.contiguous().data<byte>().ToArray();
    }

    /// <summary>From a byte triple a pixel to a plane of normalised floats a channel.</summary>
    private float[] Planes(byte[] pixels, int count)
    {
        var plane = _size.Height * _size.Width;
        var planes = new float[count * Channels * plane];
        for (var image = 0; image < count; image++)
        {
            for (var channel = 0; channel < Channels; channel++)
            {
                var values = planes.AsSpan(((image * Channels) + channel) * plane, plane);
                var next = (image * Channels * plane) + channel;
                var (mean, factor) = (_statistics.Mean[channel], 1 / _statistics.StandardDeviation[channel]);
                ReadOnlySpan<float> means = _statistics.MeanImage is { } all ? all.AsSpan(channel * plane, plane) : [];
                for (var i = 0; i < plane; i++, next += Channels)
                    values[i] = (pixels[next] - (means.IsEmpty ? mean : means[i])) * factor;
            }
        }
        return planes;
    }

    private float[] Features(float[] planes, int count)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(planes, [count, Channels, _size.Height, _size.Width]);
        using var results = _session.Run(_runOptions, Inputs, [input], Outputs);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private void Put(float[] batch, ReadOnlySpan<int> where, float[] all)
    {
        for (var image = 0; image < where.Length; image++)
            batch.AsSpan(image * _features, _features).CopyTo(all.AsSpan(where[image] * _features));
    }
}
