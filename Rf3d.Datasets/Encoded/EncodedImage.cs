using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;

namespace Rf3d.Datasets;

/// <summary>The input of the mapping.</summary>
internal sealed class EncodedImage
{
    public const string ColumnName = "__Rf3d.Encoded";

    [ColumnName(ColumnName)]
    public byte[]? Content { get; set; }
}

/// <summary>The output of the mapping.</summary>
internal sealed class DecodedImage
{
    public const string ColumnName = "__Rf3d.Decoded";

    // ML.NET asks for a size and does not use it.
    [ColumnName(ColumnName)]
    [ImageType(1, 1)]
    public MLImage? Image { get; set; }
}

/// <summary>Decodes images in a pipeline. A saved pipeline names this assembly and the contract; ML.NET looks for it there when it loads the pipeline.</summary>
[CustomMappingFactoryAttribute(ContractName)]
internal sealed class DecodeImageMapping : CustomMappingFactory<EncodedImage, DecodedImage>
{
    public const string ContractName = "Rf3d.DecodeImage";

    public override Action<EncodedImage, DecodedImage> GetMapping() => (encoded, decoded) =>
    {
        // The same object for each row of a cursor: one image of its own at a time, as ML.NET's LoadImages.
        decoded.Image?.Dispose();
        decoded.Image = null;
        decoded.Image = encoded.Content is { Length: > 0 } content
            ? ImageReader.Read(content)
            : throw new InvalidDataException("A row has no content of an image file to decode. Filter such rows out.");
    };
}
