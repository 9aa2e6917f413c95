using System.Collections.Immutable;
using Rf3d.Datasets;

namespace Rf3d.ModelBuilder;

/// <summary>The sizes of a set's images, in pixels.</summary>
/// <param name="Distinct">Number of different sizes.</param>
/// <param name="SmallestHeight">Least height.</param>
/// <param name="MedianHeight">Median of the heights.</param>
/// <param name="LargestHeight">Greatest height.</param>
/// <param name="SmallestWidth">Least width.</param>
/// <param name="MedianWidth">Median of the widths.</param>
/// <param name="LargestWidth">Greatest width.</param>
internal sealed record ImageSizes(
    int Distinct, int SmallestHeight, int MedianHeight, int LargestHeight, int SmallestWidth, int MedianWidth, int LargestWidth);

/// <summary>The facts of one part of a data set.</summary>
/// <param name="Name">Its name: training, validation, test.</param>
/// <param name="Images">Images with a label.</param>
/// <param name="Unlabelled">Images without one.</param>
/// <param name="ByClass">Images of each class, in the order of the model's classes.</param>
/// <param name="Sizes">Their sizes; null where there is no image.</param>
/// <param name="Skipped">Files that are no readable images.</param>
internal sealed record SplitFacts(
    string Name, long Images, long Unlabelled, ImmutableArray<long> ByClass, ImageSizes? Sizes, ImmutableArray<SkippedImage> Skipped);

/// <summary>Images that are the same in every pixel.</summary>
/// <param name="Split">The part whose images these are.</param>
/// <param name="Other">The part that has them too; the same one where it has them twice.</param>
/// <param name="Count">How many images of <paramref name="Split"/>.</param>
/// <param name="Examples">Names of some, each with its equal.</param>
internal sealed record SharedImages(string Split, string Other, long Count, ImmutableArray<(string Name, string Equal)> Examples);
