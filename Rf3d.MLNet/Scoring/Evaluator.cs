using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Datasets;

namespace Rf3d.MLNet;

/// <summary>Counts how a model's predictions agree with labels.</summary>
/// <param name="classes">Names of the model's classes, in the order of the scores.</param>
/// <param name="minConfidence">The confidence below which the model does not answer; 0 for none.</param>
internal sealed class Evaluator(ImmutableArray<string> classes, float minConfidence)
{
    // As ML.NET: a probability of 0 would cost infinitely much.
    private const double SmallestProbability = 1e-15;

    private const string PathColumn = "ImagePath";

    private readonly long[,] _counts = new long[classes.Length, classes.Length];
    private readonly ImmutableArray<ImagePrediction>.Builder _unreadable = ImmutableArray.CreateBuilder<ImagePrediction>();
    private readonly List<(float Confidence, bool IsCorrect)> _predictions = [];
    private double _logLoss;
    private long _answered;
    private long _answeredCorrectly;
    private long _count;

    /// <summary>Receives the index of each image that counts, the index of its predicted class, and whether that is correct.</summary>
    public Action<long, int, bool>? OnScored { get; init; }

    /// <summary>Scores the files of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="labelColumnName">Its column of labels.</param>
    /// <param name="predict">Scores files, in their order.</param>
    public ImageEvaluation Run(ImageFolderDataView folder, string labelColumnName, Func<IEnumerable<string>, IEnumerable<ImagePrediction>> predict)
    {
        var label = Label(folder, labelColumnName);
        var path = folder.Schema[PathColumn];
        // The names and labels of the files that are being scored; the view gives them without decoding an image.
        var labels = new Queue<int?>();
        foreach (var prediction in predict(Paths()))
            Add(labels.Dequeue(), prediction);
        return Result();

        IEnumerable<string> Paths()
        {
            using var cursor = folder.GetRowCursor([label.Column, path]);
            var (getLabel, getPath) = (cursor.GetGetter<uint>(label.Column), cursor.GetGetter<ReadOnlyMemory<char>>(path));
            ReadOnlyMemory<char> name = default;
            while (cursor.MoveNext())
            {
                getPath(ref name);
                labels.Enqueue(label.ClassOf(getLabel));
                yield return name.ToString();
            }
        }
    }

    /// <summary>Compares the scores of data with its labels.</summary>
    /// <param name="scored">Has a column of labels and one of scores.</param>
    /// <param name="labelColumnName">The column of labels.</param>
    /// <param name="scoreColumnName">The column of scores.</param>
    /// <param name="cancellation">Ends it.</param>
    public ImageEvaluation Run(IDataView scored, string labelColumnName, string scoreColumnName, CancellationToken cancellation)
    {
        var label = Label(scored, labelColumnName);
        var score = scored.Schema[scoreColumnName];
        using var cursor = scored.GetRowCursor([label.Column, score]);
        var (getLabel, getScores) = (cursor.GetGetter<uint>(label.Column), cursor.GetGetter<VBuffer<float>>(score));
        VBuffer<float> scores = default;
        while (cursor.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            if (label.ClassOf(getLabel) is not { } actual)
                continue;
            getScores(ref scores);
            float[] values = [.. scores.DenseValues()];
            BatchScorer.RequireNumbers(values, FormattableString.Invariant($"of row {cursor.Position}"));
            var highest = values.Max();
            Add(actual, new() { Index = cursor.Position, Scores = [.. values], PredictedIndex = Array.IndexOf(values, highest), IsUnknown = highest < minConfidence });
        }
        return Result();
    }

    private void Add(int? actual, ImagePrediction prediction)
    {
        if (prediction.Error is not null)
            _unreadable.Add(prediction);
        if (prediction.Error is not null || actual is not { } known)
            return;
        _counts[known, prediction.PredictedIndex]++;
        _logLoss -= Math.Log(Math.Max(SmallestProbability, prediction.Scores[known]));
        var isCorrect = prediction.PredictedIndex == known;
        _predictions.Add((prediction.Probability, isCorrect));
        if (!prediction.IsUnknown)
            (_answered, _answeredCorrectly) = (_answered + 1, _answeredCorrectly + (isCorrect ? 1 : 0));
        _count++;
        OnScored?.Invoke(prediction.Index, prediction.PredictedIndex, isCorrect);
    }

    private ImageEvaluation Result() => new(classes, _counts, _count == 0 ? 0 : _logLoss / _count, _unreadable.ToImmutable(), CoverageCurve.Of(_predictions), new() { MinConfidence = minConfidence, Images = _count, Answered = _answered, Correct = _answeredCorrectly });

    private ClassIndices Label(IDataView data, string name)
    {
        var label = LabelColumn.Find(data.Schema, name, nameof(data), fewest: 1);
        // By name: data that lacks classes, or has them in another order, has other keys.
        return new(label, [.. label.Classes.Select(label => classes.IndexOf(label, StringComparer.Ordinal))]);
    }

    /// <summary>The index among the model's classes of each key of a label.</summary>
    private sealed record ClassIndices(LabelColumn Label, ImmutableArray<int> Indices)
    {
        public DataViewSchema.Column Column => Label.Column;

        /// <returns>Null for a row without a label.</returns>
        public int? ClassOf(ValueGetter<uint> getLabel)
        {
            uint key = 0;
            getLabel(ref key);
            if (key == 0)
                return null;
            return Indices[(int)key - 1] is >= 0 and var index
                ? index
                : throw new ArgumentException($"An image is labelled '{Label.Classes[(int)key - 1]}', a class that the model does not have.");
        }
    }
}
