using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.ML;
using Rf3d.Datasets;

namespace Rf3d.MLNet;

/// <summary>
/// Scores images in batches: every core decodes batches of its own, and on the CPU scores them too, each on one thread, so that no core waits for another. ML.NET's Transform decodes
/// on one thread and scores one image at a time. Its members may be used from several threads. Results that are enumerated after it was disposed throw; a batch that has begun is completed first.
/// </summary>
internal sealed class BatchScorer : IDisposable
{
    private readonly ImmutableArray<string> _classes;
    private readonly ConfidenceThreshold _threshold;
    private readonly ClassDirections? _directions;
    private readonly ImagePreprocessing _preprocessing;
    private readonly ITransformer _transformer;
    private readonly IScoringNetwork _network;
    private readonly ConcurrentBag<PixelReader> _readers = [];
    private readonly UseCount _uses;

    /// <param name="network">Computes the scores; it is disposed with this.</param>
    /// <param name="classes">Names of the classes, in the order of the scores.</param>
    /// <param name="preprocessing">How images are prepared.</param>
    /// <param name="threshold">When an image is not answered.</param>
    /// <param name="directions">Of the features of classes, with which the network compares; null for none.</param>
    public BatchScorer(IScoringNetwork network, ImmutableArray<string> classes, ImagePreprocessing preprocessing, ConfidenceThreshold threshold, ClassDirections? directions)
    {
        (_network, _classes, _preprocessing, _threshold, _directions) = (network, classes, preprocessing, threshold, directions);
        _transformer = PixelReader.TransformerOf(new MLContext(), preprocessing);
        _uses = new(Free);
    }

    private int ImageLength => _preprocessing.Channels * _preprocessing.Height * _preprocessing.Width;

    /// <summary>Gives a reader of pixels to <paramref name="use"/>, which no other thread uses meanwhile.</summary>
    /// <exception cref="ObjectDisposedException">The model has been disposed.</exception>
    public T WithReader<T>(Func<PixelReader, int, T> use)
    {
        // Results are enumerated when their owner wants them: native code must not see what is freed by then.
        ObjectDisposedException.ThrowIf(!_uses.TryUse(), typeof(Rf3dSavedModel));
        try
        {
            return With(use);
        }
        finally
        {
            _uses.Release();
        }
    }

    /// <summary>Scores images as they come and gives them back in the same order. It holds no more than a few batches at a time.</summary>
    /// <param name="inputs">The images; enumerated on the thread that enumerates the results.</param>
    /// <param name="options">Checked options.</param>
    /// <param name="cancellation">Ends the enumeration with an <see cref="OperationCanceledException"/>.</param>
    public IEnumerable<ImagePrediction> Score(IEnumerable<ScoringInput> inputs, ImagePredictionOptions options, CancellationToken cancellation) =>
        OrderedWork.Run(inputs.Chunk(options.BatchSize ?? _network.BatchSize), options.MaxDegreeOfParallelism ?? Environment.ProcessorCount, batch => Score(batch, options), cancellation)
            .SelectMany(predictions => predictions);

    /// <summary>Scores one batch on this thread.</summary>
    /// <exception cref="InvalidDataException">An image cannot be read, and the options do not let it be a result.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The batch has more values than an array.</exception>
    /// <exception cref="NotSupportedException">The scores of an image are not numbers.</exception>
    public ImagePrediction[] Score(ScoringInput[] batch, ImagePredictionOptions options) => WithReader((reader, length) =>
    {
        if (batch.Length > Array.MaxLength / length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.BatchSize,
                FormattableString.Invariant($"BatchSize is too large: {batch.Length} images of {_preprocessing.Height}x{_preprocessing.Width} pixels do not fit into one batch, {Array.MaxLength / length} do."));
        }
        var predictions = new ImagePrediction[batch.Length];
        var good = new List<int>(batch.Length);
        var pixels = ArrayPool<float>.Shared.Rent(batch.Length * length);
        try
        {
            for (var i = 0; i < batch.Length; i++)
            {
                try
                {
                    batch[i].Read(reader, pixels.AsMemory(good.Count * length, length));
                    good.Add(i);
                }
                catch (BadImageException bad)
                {
                    if (!options.ContinueOnError && (bad.FileMayBeGood || !options.SkipBadImages))
                        throw new InvalidDataException($"The image {Name(batch[i])} cannot be read: {bad.Message}.", bad);
                    predictions[i] = new() { Index = batch[i].Index, Path = batch[i].Path, Error = bad.Message };
                }
            }
            if (good.Count > 0)
                Run(pixels.AsMemory(0, good.Count * length), batch, good, predictions);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(pixels);
        }
        return predictions;
    });

    public void Dispose() => _uses.Retire();

    /// <summary>Requires scores that are numbers: with others the first class would be the answer for each image.</summary>
    /// <param name="scores">The probabilities of one image.</param>
    /// <param name="image">The image, as errors name it.</param>
    /// <exception cref="NotSupportedException">One is infinite or not a number.</exception>
    public static void RequireNumbers(float[] scores, string image)
    {
        if (!Array.TrueForAll(scores, float.IsFinite))
        {
            throw new NotSupportedException(
                $"The network computes scores for the image {image} that are not numbers. If the model was quantized to float16, which has numbers up to 65,504, use the model that it was made of; else its weights are not finite, or far too large.");
        }
    }

    private T With<T>(Func<PixelReader, int, T> use)
    {
        if (!_readers.TryTake(out var reader))
            reader = new(_preprocessing, _transformer);
        try
        {
            return use(reader, ImageLength);
        }
        finally
        {
            _readers.Add(reader);
        }
    }

    private void Free()
    {
        foreach (var reader in _readers)
            reader.Dispose();
        _network.Dispose();
    }

    private static string Name(ScoringInput input) => input.Path is { } path ? $"'{path}'" : FormattableString.Invariant($"at index {input.Index}");

    private void Run(Memory<float> pixels, ScoringInput[] batch, List<int> good, ImagePrediction[] predictions)
    {
        var scores = _network.Score(pixels, good.Count);
        var (classes, columns) = (_classes.Length, scores.Length / good.Count);
        for (var i = 0; i < good.Count; i++)
        {
            var own = scores[(i * columns)..((i * columns) + classes)];
            RequireNumbers(own, Name(batch[good[i]]));
            float? typicality = _directions is not null && columns > classes ? _directions.TypicalityOf(scores[(i * columns) + classes]) : null;
            var best = Array.IndexOf(own, own.Max());
            var isUnknown = _threshold.IsUnknown(own[best], typicality);
            predictions[good[i]] = new()
            {
                Index = batch[good[i]].Index,
                Path = batch[good[i]].Path,
                Scores = [.. own],
                PredictedIndex = best,
                PredictedLabel = isUnknown ? _threshold.UnknownLabel : _classes[best],
                BestLabel = _classes[best],
                IsUnknown = isUnknown,
                Typicality = typicality,
            };
        }
    }
}
