using System.Collections.Immutable;
using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.ModelBuilder.Tests.Reports;

/// <summary>Reports that are made by hand: every section has something to say, and no network is trained.</summary>
internal static class ReportFixture
{
    /// <summary>A picture of one grey pixel.</summary>
    private static readonly Picture Grey = new(
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==", 96, 64);

    /// <summary>Every fifth image is taken for the next class, with confidences all over the scale.</summary>
    public static ReportData Data(int classes = 10, int images = 400, Func<int, string>? name = null)
    {
        ImmutableArray<string> names = [.. Enumerable.Range(0, classes).Select(name ?? (index => FormattableString.Invariant($"class {index}")))];
        var results = new TestResults(names, Enumerable.Range(0, images).Select(row => Image(row, row % classes, row % 5 == 0 ? (row + 1) % classes : row % classes)));
        var shown = results.Mistakes.Take(12).Select(image => new ShownImage(image, Grey)).ToImmutableArray();
        var map = new ShownMap(Grey, names[0], 0.75, 3.5, -0.25, 4, 4);
        return new()
        {
            Title = "Fixture",
            Created = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            Plan = NetworkPlan.Create(Network(classes), new() { Threshold = 0.1 }, Decomposition.Auto),
            History = History(12),
            Results = results,
            Mistakes = shown,
            PairExamples = [.. results.Pairs.Take(10).Select(pair => new ShownImage(pair.Worst, Grey))],
            Activations = [new(results.Images[^1], Grey, map, null), new(results.Images[0], Grey, map, map)],
            Splits =
            [
                new("training", 900, 3, [.. Enumerable.Repeat(900L / classes, classes)], new(5, 40, 200, 480, 40, 300, 640), [new SkippedImage { Path = "/images/cut.jpg", Reason = "it ends early" }]),
                new("test", images, 0, [.. results.ByClass.Select(result => result.Support)], new(1, 32, 32, 32, 32, 32, 32), []),
            ],
            Shared = [new("test", "training", 2, [("a/1.jpg", "a/2.jpg"), ("b/1.jpg", "b/7.jpg")])],
        };
    }

    /// <summary>A report from a model that does not say how it was trained, on test images alone.</summary>
    public static ReportData Bare()
    {
        var data = Data();
        return data with { History = null, Activations = [], NoActivations = "The network has hidden layers.", Splits = [data.Splits[1]], Shared = [] };
    }

    /// <summary>A finalist of an experiment on 100 images.</summary>
    public static Rf3dCandidate Finalist(string name, long onlyBest, long onlyIt) => new()
    {
        Name = name,
        Estimator = new MLContext(1).MulticlassClassification.Trainers.Rf3dImageClassifier(),
        Verdict = Rf3dCandidateVerdict.Finished,
        Reason = "",
        ComparedWithBest = new()
        {
            Images = 100,
            BothRight = 100 - onlyBest - onlyIt,
            OnlyBestRight = onlyBest,
            OnlyCandidateRight = onlyIt,
            NeitherRight = 0,
            AccuracyDifference = (onlyIt - onlyBest) / 100.0,
            AccuracyDifferenceInterval = new((onlyIt - onlyBest - 5) / 100.0, (onlyIt - onlyBest + 5) / 100.0),
            PValue = 0.5,
        },
    };

    private static ScoredImage Image(int row, int actual, int predicted)
    {
        var confidence = 0.35 + (0.65 * (row * 37 % 100) / 100);
        return new(row, actual, predicted, confidence, actual == predicted ? confidence : (1 - confidence) / 2, FormattableString.Invariant($"/images/{row:0000}.jpg"));
    }

    private static ConvNet Network(int classes) => new()
    {
        Name = "fixture",
        Input = new TensorShape(3, 32, 32),
        Classes = classes,
        Stages = [Stage.Repeat(Block.Convolution(16), 2, new MaxPool(2, 2)), Stage.Repeat(Block.Convolution(32), 2, new MaxPool(2, 2)), Stage.Repeat(Block.Convolution(64), 4)],
    };

    private static TrainingHistory History(int epochs) => new()
    {
        Epochs = [.. Enumerable.Range(1, epochs).Select(epoch => new TrainingMetrics
        {
            Epoch = epoch,
            EpochCount = epochs,
            Batch = 30,
            BatchCount = 30,
            Loss = 2.3 / epoch,
            Accuracy = 1 - (0.9 / epoch),
            ValidationLoss = 2.4 / epoch,
            ValidationAccuracy = 1 - (0.95 / epoch),
            LearningRate = 0.1 * (epochs - epoch) / epochs,
            ImagesPerSecond = 345.6,
            Elapsed = TimeSpan.FromSeconds(100 * epoch),
            Remaining = TimeSpan.Zero,
            IsEpochEnd = true,
        })],
        BestEpoch = epochs,
        StopReason = TrainingStopReason.Completed,
        Device = "cpu",
        Seed = 1,
        TrainingImages = 810,
        ValidationImages = 90,
        BatchSize = 32,
        LearningRate = 0.1,
        Precision = TrainingPrecision.Float32,
    };
}
