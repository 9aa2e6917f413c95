using Rf3d.Datasets;

namespace Rf3d.ModelBuilder;

/// <summary>Loads a part of a data set.</summary>
/// <param name="classes">The classes of the training images; null for those that the part has.</param>
internal delegate ImageFolderDataView LoadPart(IReadOnlyList<string>? classes);

/// <summary>A part of a data set, in the form that it has: folders of classes, unless one of the other members says otherwise.</summary>
/// <param name="Load">Loads it.</param>
internal sealed record DataPart(LoadPart Load)
{
    /// <summary>The table of the labels; null where there is none.</summary>
    public LabelTable? Table { get; init; }

    /// <summary>Which of the files of MNIST have it; null where none do.</summary>
    public MnistSplit? Mnist { get; init; }
}
