using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>The input of a report.</summary>
internal sealed record ReportRequest
{
    public const string TrainingPart = "training";
    public const string ValidationPart = "validation";
    public const string TestPart = "test";

    /// <summary>The title of the report: the model's name.</summary>
    public required string Title { get; init; }

    public required ReportedModel Model { get; init; }

    /// <summary>All candidates of the experiment that the model is the best of; none where it is of no experiment.</summary>
    public IReadOnlyList<Rf3dCandidate> Candidates { get; init; } = [];

    /// <summary>Images that training has not seen, with <c>Image</c>, <c>Label</c> and, if they are files, <c>ImagePath</c>.</summary>
    public required IDataView Test { get; init; }

    /// <summary>The name of these images: validation images if there are no others.</summary>
    public string TestName { get; init; } = TestPart;

    /// <summary>The other parts of the data set, by name. Every image is read once, for its size and its equals.</summary>
    public IReadOnlyList<(string Name, IDataView Data)> OtherSplits { get; init; } = [];

    /// <summary>File of the pretrained network that <see cref="BaselineClassifier"/> learns the training images with; null to leave it out.</summary>
    public string? BaselineNetwork { get; init; }

    /// <summary>The files and folders of the data set that are not used.</summary>
    public IReadOnlyList<UnusedFiles> Unused { get; init; } = [];

    public string ImageColumnName { get; init; } = "Image";

    public string LabelColumnName { get; init; } = "Label";

    public string ScoreColumnName { get; init; } = "Score";

    /// <summary>Worst mistakes to show. Default: 12.</summary>
    public int MistakeCount { get; init; } = 12;

    /// <summary>Most confused pairs to show. Default: 10.</summary>
    public int PairCount { get; init; } = 10;

    /// <summary>Images to show class-activation maps of: two thirds right answers, one third mistakes. Default: 6.</summary>
    public int ActivationCount { get; init; } = 6;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public CancellationToken Cancellation { get; init; }
}
