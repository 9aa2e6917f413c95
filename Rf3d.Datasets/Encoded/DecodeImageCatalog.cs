using Microsoft.ML.Data;
using Rf3d.Datasets;

namespace Microsoft.ML;

/// <summary>Decodes images that are in a column as the content of image files.</summary>
public static class DecodeImageCatalog
{
    /// <summary>Decodes a column of <c>byte[]</c> into images, such as <c>ImageSource</c> in code of Model Builder.</summary>
    /// <param name="catalog">The <c>Transforms</c> property of the ML context.</param>
    /// <param name="outputColumnName">The column of the images (<see cref="MLImage"/>).</param>
    /// <param name="inputColumnName">The column of the contents (vector of bytes of any length).</param>
    /// <remarks>
    /// <para>Put it before the trainer, or before a loaded model. A pipeline with it is saved by ML.NET as any other; an application that loads it needs the package Rf3d.Datasets beside those of
    /// ML.NET, since ML.NET saves the name of the mapping and not its code. Save the trainer's model alone for applications that are to have ML.NET only.</para>
    /// <para>Content is read as by <see cref="ImageReader"/>: photographs are turned upright; damaged images, and those of more than <see cref="ImageReader.DefaultMaxPixels"/> pixels, are errors. An image lasts until the next row.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">A name is empty.</exception>
    public static IEstimator<ITransformer> DecodeImage(this TransformsCatalog catalog, string outputColumnName, string inputColumnName)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(inputColumnName);
        // The mapping finds its columns by fixed names when a pipeline is loaded.
        return catalog.CopyColumns(EncodedImage.ColumnName, inputColumnName)
            .Append(catalog.CustomMapping(new DecodeImageMapping().GetMapping(), DecodeImageMapping.ContractName))
            .Append(catalog.CopyColumns(outputColumnName, DecodedImage.ColumnName))
            .Append(catalog.DropColumns(EncodedImage.ColumnName, DecodedImage.ColumnName));
    }
}
