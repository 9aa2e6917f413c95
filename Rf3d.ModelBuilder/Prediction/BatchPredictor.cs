using System.Collections.Concurrent;
using Microsoft.ML.OnnxRuntime;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>
/// Scores many files: every core decodes and scores batches of its own, each on one thread, so that no core waits for another. ML.NET's Transform decodes on one
/// thread and scores one image at a time.
/// </summary>
internal sealed class BatchPredictor : IDisposable
{
    /// <summary>Images in a batch: enough to share what a call to ONNX Runtime costs, few enough that memory stays small.</summary>
    public const int DefaultBatchSize = 8;

    private static readonly string[] Inputs = ["image"];
    private static readonly string[] Outputs = ["probabilities"];

    private readonly SavedClassifier _classifier;
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly ConcurrentBag<Worker> _workers = [];
    private readonly long _maxPixels;
    private readonly int _batchSize;
    private readonly int _imageLength;

    /// <param name="classifier">The saved model.</param>
    /// <param name="maxPixels">Pixels (height times width) that an image may have.</param>
    /// <param name="batchSize">Images that are scored together.</param>
    public BatchPredictor(SavedClassifier classifier, long maxPixels = ImageReader.DefaultMaxPixels, int batchSize = DefaultBatchSize)
    {
        _maxPixels = maxPixels;
        _classifier = classifier;
        _batchSize = batchSize;
        _imageLength = 3 * classifier.Height * classifier.Width;
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, ExecutionMode = ExecutionMode.ORT_SEQUENTIAL };
        _session = new InferenceSession(classifier.ToOnnx(), options);
    }

    /// <summary>Scores files as they come and gives them back in the same order. It holds no more than a few batches at a time.</summary>
    /// <param name="paths">Image files; one that cannot be read comes back with its reason.</param>
    /// <param name="cancellation">Ends the enumeration with an <see cref="OperationCanceledException"/>.</param>
    public IEnumerable<Prediction> Predict(IEnumerable<string> paths, CancellationToken cancellation)
    {
        // Two batches a core: one to work on, one to take up next.
        var ahead = 2 * Environment.ProcessorCount;
        var running = new Queue<Task<Prediction[]>>();
        try
        {
            foreach (var batch in paths.Chunk(_batchSize))
            {
                cancellation.ThrowIfCancellationRequested();
                running.Enqueue(Task.Run(() => Score(batch), cancellation));
                if (running.Count < ahead)
                    continue;
                foreach (var prediction in running.Dequeue().GetAwaiter().GetResult())
                    yield return prediction;
            }
            while (running.TryDequeue(out var next))
            {
                foreach (var prediction in next.GetAwaiter().GetResult())
                    yield return prediction;
            }
        }
        finally
        {
            // Whoever stops reading early may dispose the session next.
            Task.WhenAll(running).ContinueWith(_ => { }, TaskScheduler.Default).Wait(CancellationToken.None);
        }
    }

    public void Dispose()
    {
        foreach (var worker in _workers)
            worker.Reader.Dispose();
        _session.Dispose();
        _runOptions.Dispose();
    }

    private Prediction[] Score(string[] paths)
    {
        if (!_workers.TryTake(out var worker))
            worker = new(new PixelReader(_classifier, _maxPixels), new float[_batchSize * _imageLength]);
        try
        {
            var predictions = new Prediction[paths.Length];
            var good = new List<int>(paths.Length);
            for (var i = 0; i < paths.Length; i++)
            {
                try
                {
                    worker.Reader.Read(paths[i], worker.Pixels.AsSpan(good.Count * _imageLength, _imageLength));
                    good.Add(i);
                }
                catch (BadImageException bad)
                {
                    predictions[i] = new(paths[i], null, bad.Message);
                }
            }
            if (good.Count > 0)
                Run(worker.Pixels, paths, good, predictions);
            return predictions;
        }
        finally
        {
            _workers.Add(worker);
        }
    }

    private void Run(float[] pixels, string[] paths, List<int> good, Prediction[] predictions)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(
            OrtMemoryInfo.DefaultInstance, pixels.AsMemory(0, good.Count * _imageLength), [good.Count, 3, _classifier.Height, _classifier.Width]);
        using var results = _session.Run(_runOptions, Inputs, [input], Outputs);
        var scores = results[0].GetTensorDataAsSpan<float>();
        var classes = _classifier.Classes.Length;
        for (var i = 0; i < good.Count; i++)
            predictions[good[i]] = new(paths[good[i]], scores.Slice(i * classes, classes).ToArray(), null);
    }

    private sealed record Worker(PixelReader Reader, float[] Pixels);
}
