using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// How an image column becomes the input of a saved graph: resized, then as floats from 0 to 255 in the order channel (alpha where there is a background, red, green, blue),
/// row, column. All further steps are in the graph itself (<see cref="PixelComposer"/> in training). Training and scoring create their transformers here, so both see the same pixels.
/// </summary>
internal sealed record ImagePreprocessing
{
    /// <summary>The prefix of the names of intermediate columns, to distinguish them from the user's.</summary>
    public const string ColumnPrefix = "__Rf3d.";

    /// <summary>The column of the network's input.</summary>
    public const string PixelsColumnName = ColumnPrefix + "Pixels";

    /// <summary>The column of the resized image, which is of no use afterwards.</summary>
    public const string ResizedColumnName = ColumnPrefix + "Resized";

    public required string ImageColumnName { get; init; }

    public required int Height { get; init; }

    public required int Width { get; init; }

    /// <summary>The middle part of the resized image that the network sees. Its graph cuts it out: the pixels here are those of the whole image. Default: all of it.</summary>
    public Size2D Crop { get => field == default ? new(Height, Width) : field; init; }

    public ImageResizingEstimator.ResizingKind Resizing { get; init; } = ImageResizingEstimator.ResizingKind.IsoCrop;

    public ImageResizingEstimator.Anchor CropAnchor { get; init; } = ImageResizingEstimator.Anchor.Center;

    /// <summary>The colour behind transparent pixels; null to look at red, green and blue alone.</summary>
    public RgbColor? Background { get; init; }

    /// <summary>Called with each image of the data that is read, before it is resized, from any thread. Default: null.</summary>
    public Action<DataViewRowId, MLImage>? Observe { get; init; }

    /// <summary>Channels of the extracted pixels.</summary>
    public int Channels => Background is null ? 3 : 4;

    /// <summary>The guard that data has to pass before these estimators' transformers see it.</summary>
    public ImageDisposalGuard Protection => new(ImageColumnName, Height, Width) { Observe = Observe };

    /// <summary>The estimators, which have nothing to learn, from <see cref="ImageColumnName"/> to <see cref="PixelsColumnName"/>.</summary>
    public EstimatorChain<ImagePixelExtractingTransformer> Create(TransformsCatalog catalog) =>
        catalog.ResizeImages(ResizedColumnName, Width, Height, ImageColumnName, Resizing, CropAnchor)
            // Only the interleaving is not the default. All are spelled out: a network that was trained on other pixels is worth nothing.
            .Append(catalog.ExtractPixels(
                PixelsColumnName,
                ResizedColumnName,
                Background is null ? ImagePixelExtractingEstimator.ColorBits.Rgb : ImagePixelExtractingEstimator.ColorBits.All,
                ImagePixelExtractingEstimator.ColorsOrder.ARGB,
                interleavePixelColors: false,
                offsetImage: 0,
                scaleImage: 1,
                outputAsFloatArray: true));

    /// <summary><paramref name="data"/> with a column <see cref="PixelsColumnName"/>, read as often as one likes.</summary>
    public IDataView Apply(TransformsCatalog catalog, IDataView data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return Create(catalog).Fit(data).Transform(Protection.Protect(data));
    }
}
