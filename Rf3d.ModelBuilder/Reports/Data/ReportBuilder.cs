using System.Collections.Immutable;
using Microsoft.ML.Data;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>Gathers the data of a report: scores the test images, reads all others once, and draws the few that are shown.</summary>
internal static class ReportBuilder
{
    private const int ThumbnailSide = 128;
    private const int ActivationSide = 224;

    /// <exception cref="ArgumentException">A column is missing, a label is of a class that the model does not know, or no test image has a label.</exception>
    /// <exception cref="InvalidDataException">An image cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static ReportData Build(ReportRequest request)
    {
        var readers = new List<SplitReader>();
        var splits = ImmutableArray.CreateBuilder<SplitFacts>();
        foreach (var (name, data) in request.OtherSplits)
        {
            var reader = new SplitReader(name, request.Model.Classes.Length);
            foreach (var row in Watched(request, Rows(request, data).Read()))
                reader.Add(row);
            readers.Add(reader);
            splits.Add(reader.Facts(data));
        }
        var (results, test) = Score(request);
        readers.Add(test);
        splits.Add(test.Facts(request.Test));

        var mistakes = results.Mistakes.Take(request.MistakeCount).ToList();
        var pairs = results.Pairs.Take(request.PairCount).Select(pair => pair.Worst).ToList();
        var looked = ActivationChoice.Of(results, request.ActivationCount);
        var (pictures, activations, problem) = Draw(request, [.. mistakes.Concat(pairs)], looked);
        return new()
        {
            Title = request.Title,
            Created = request.Time.GetUtcNow(),
            Plan = request.Model.Plan,
            History = request.Model.History,
            Finalists = [.. request.Candidates.Where(candidate => candidate.ComparedWithBest is not null)],
            IsBestOfCandidates = ValidationChoice.IsBestOf(request.Candidates),
            TestName = request.TestName,
            Results = results,
            Baseline = request.BaselineNetwork is { } network ? BaselineClassifier.Run(network, request.OtherSplits.Single(split => split.Name == ReportRequest.TrainingPart).Data, request) : null,
            Mistakes = [.. mistakes.Select(image => new ShownImage(image, pictures[image.Row]))],
            PairExamples = [.. pairs.Select(image => new ShownImage(image, pictures[image.Row]))],
            Activations = [.. looked.Where(image => activations.ContainsKey(image.Row)).Select(image => activations[image.Row])],
            NoActivations = problem,
            Splits = splits.ToImmutable(),
            Shared = SharedImageFinder.Find(readers),
            Unused = [.. DataSetNotes.Merged(request.Unused)],
        };
    }

    private static (TestResults Results, SplitReader Facts) Score(ReportRequest request)
    {
        var reader = new SplitReader(request.TestName, request.Model.Classes.Length);
        var images = new List<ScoredImage>();
        if (request.Model.Predict is { } predict)
        {
            ScoreInBatches(request, predict, reader, images);
            return (new(request.Model.Classes, images), reader);
        }
        foreach (var row in Watched(request, Rows(request, request.Model.Transform(request.Test)).Read(request.ScoreColumnName)))
        {
            reader.Add(row);
            if (row.Class is { } actual)
                images.Add(ScoredImage.Of(row.Number, actual, row.Scores(), row.Path));
        }
        return (new(request.Model.Classes, images), reader);
    }

    private static void ScoreInBatches(ReportRequest request, Func<IEnumerable<MLImage>, IEnumerable<ImagePrediction>> predict, SplitReader reader, List<ScoredImage> images)
    {
        var read = new List<(long Number, int? Class, string? Path)>();
        foreach (var prediction in predict(Watched(request, Rows(request, request.Test).Read()).Select(Take)))
        {
            var (number, actual, path) = read[(int)prediction.Index];
            if (actual is { } known)
                images.Add(ScoredImage.Of(number, known, [.. prediction.Scores], path));
        }

        MLImage Take(ImageRows.Row row)
        {
            var image = row.Image();
            reader.Add(row with { Image = () => image });
            read.Add((row.Number, row.Class, row.Path));
            return image;
        }
    }

    /// <summary>Reads the test images a second time and decodes the ones to show.</summary>
    private static (Dictionary<long, Picture> Pictures, Dictionary<long, ShownActivation> Activations, string? Problem) Draw(
        ReportRequest request, IReadOnlyCollection<ScoredImage> shown, IReadOnlyCollection<ScoredImage> looked)
    {
        var (pictures, activations, problem) = (new Dictionary<long, Picture>(), new Dictionary<long, ShownActivation>(), (string?)null);
        var (rows, maps) = (shown.Select(image => image.Row).ToHashSet(), looked.ToDictionary(image => image.Row));
        foreach (var row in Watched(request, Rows(request, request.Test).Read()))
        {
            if (rows.Contains(row.Number))
                pictures[row.Number] = Pictures.Of(row.Image(), ThumbnailSide, request.Model.Background);
            if (problem is null && maps.TryGetValue(row.Number, out var image))
            {
                try
                {
                    activations[row.Number] = Activation(request.Model, image, row.Image());
                }
                catch (NotSupportedException error)
                {
                    problem = error.Message;
                }
            }
        }
        return (pictures, activations, problem);
    }

    private static ShownActivation Activation(ReportedModel model, ScoredImage scored, MLImage image)
    {
        var predicted = model.Map(image, model.Classes[scored.Predicted]);
        using var seen = predicted.Overlay(0);
        var actual = scored.IsCorrect ? null : Shown(model.Map(image, model.Classes[scored.Actual]));
        return new(scored, Pictures.Of(seen, ActivationSide, null), Shown(predicted), actual);

        static ShownMap Shown(ClassActivationMap map)
        {
            using var overlay = map.Overlay();
            return new(Pictures.Of(overlay, ActivationSide, null), map.ClassName, map.Probability, map.Logit, map.Bias, map.Height, map.Width);
        }
    }

    private static ImageRows Rows(ReportRequest request, Microsoft.ML.IDataView data) =>
        new(data, request.ImageColumnName, request.LabelColumnName, request.Model.Classes);

    private static IEnumerable<ImageRows.Row> Watched(ReportRequest request, IEnumerable<ImageRows.Row> rows) => rows.Select(row =>
    {
        request.Cancellation.ThrowIfCancellationRequested();
        return row;
    });
}
