using System.Collections.Immutable;
using Rf3d.Datasets;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.ModelBuilder;

/// <summary>A picture in the page.</summary>
/// <param name="Uri">The picture itself, as a data URI.</param>
/// <param name="Width">Its width in pixels.</param>
/// <param name="Height">Its height in pixels.</param>
internal sealed record Picture(string Uri, int Width, int Height);

/// <summary>A test image to show.</summary>
internal sealed record ShownImage(ScoredImage Image, Picture Picture);

/// <summary>Where the network looked in one image.</summary>
/// <param name="Image">The image.</param>
/// <param name="Seen">The input of the network: resized, possibly cropped.</param>
/// <param name="Predicted">The map of the predicted class.</param>
/// <param name="Actual">The map of the right class; null where that is the same.</param>
internal sealed record ShownActivation(ScoredImage Image, Picture Seen, ShownMap Predicted, ShownMap? Actual);

/// <summary>A class-activation map drawn over its image.</summary>
internal sealed record ShownMap(Picture Overlay, string ClassName, double Probability, double Logit, double Bias, int Height, int Width);

/// <summary>Everything that a report says. Renderers only write it down.</summary>
internal sealed record ReportData
{
    /// <summary>The title of the report: the model's name.</summary>
    public required string Title { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required NetworkPlan Plan { get; init; }

    /// <summary>How training went; null where the model does not say.</summary>
    public TrainingHistory? History { get; init; }

    /// <summary>The candidates of an experiment that were trained to the end, but for the best one, which is this model.</summary>
    public ImmutableArray<Rf3dCandidate> Finalists { get; init; } = [];

    /// <summary>Whether the model is the best of several candidates of an experiment. A saved model does not say it.</summary>
    public bool IsBestOfCandidates { get; init; }

    /// <summary>The name of the images that the figures are measured on: test or validation.</summary>
    public string TestName { get; init; } = ReportRequest.TestPart;

    public required TestResults Results { get; init; }

    /// <summary>The same images as classified by <see cref="BaselineClassifier"/>; null where that is not asked for.</summary>
    public TestResults? Baseline { get; init; }

    /// <summary>The worst mistakes: those of highest confidence.</summary>
    public ImmutableArray<ShownImage> Mistakes { get; init; } = [];

    /// <summary>One image of each of the most confused pairs, in their order.</summary>
    public ImmutableArray<ShownImage> PairExamples { get; init; } = [];

    public ImmutableArray<ShownActivation> Activations { get; init; } = [];

    /// <summary>Why there are no <see cref="Activations"/>; null where there are.</summary>
    public string? NoActivations { get; init; }

    /// <summary>Parts of the data set, the test images last.</summary>
    public required ImmutableArray<SplitFacts> Splits { get; init; }

    public ImmutableArray<SharedImages> Shared { get; init; } = [];

    /// <summary>The files and folders that are not used.</summary>
    public ImmutableArray<UnusedFiles> Unused { get; init; } = [];
}
