using System.Globalization;
using System.Text.Json;

namespace Rf3d.MLNet;

/// <summary>The metadata of the ONNX file of a whole classifier, for use without ML.NET: all that an application needs to prepare images and to name the results.</summary>
internal static class ClassifierMetadata
{
    /// <param name="classes">Names of the classes, in the order of the scores.</param>
    /// <param name="images">How images are prepared.</param>
    /// <param name="architecture">Name of the network.</param>
    /// <param name="applyOrientation">Whether photographs are turned upright by their EXIF orientation.</param>
    /// <param name="minConfidence">The confidence below which an image is not answered; 0 for none.</param>
    public static IReadOnlyDictionary<string, string> Of(IReadOnlyList<string> classes, ImagePreprocessing images, string architecture, bool applyOrientation, float minConfidence = 0) => new Dictionary<string, string>([.. Background(images.Background), .. Threshold(minConfidence)])
    {
        ["classes"] = JsonSerializer.Serialize(classes),
        ["image_height"] = images.Height.ToString(CultureInfo.InvariantCulture),
        ["image_width"] = images.Width.ToString(CultureInfo.InvariantCulture),
        ["resizing"] = images.Resizing.ToString(),
        ["orientation"] = applyOrientation ? "exif" : "none",
        ["color_order"] = "RGB",
        ["architecture"] = architecture,
    };

    /// <summary>The confidence below which an image is not answered.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Threshold(float minConfidence) => minConfidence > 0 ? [new("rf3d.min_confidence", minConfidence.ToString(CultureInfo.InvariantCulture))] : [];

    /// <summary>The colour to put behind transparent pixels of the input.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Background(RgbColor? color) => color is { } background ? [new("background", background.ToString())] : [];
}
