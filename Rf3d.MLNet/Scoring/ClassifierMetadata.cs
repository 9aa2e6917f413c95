using System.Globalization;
using System.Text.Json;

namespace Rf3d.MLNet;

/// <summary>The metadata of the ONNX file of a whole classifier, for use without ML.NET.</summary>
internal static class ClassifierMetadata
{
    public static IReadOnlyDictionary<string, string> Of(IReadOnlyList<string> classes, int height, int width, string architecture, RgbColor? background, float minConfidence = 0) => new Dictionary<string, string>([.. Background(background), .. Threshold(minConfidence)])
    {
        ["classes"] = JsonSerializer.Serialize(classes),
        ["image_height"] = height.ToString(CultureInfo.InvariantCulture),
        ["image_width"] = width.ToString(CultureInfo.InvariantCulture),
        ["color_order"] = "RGB",
        ["architecture"] = architecture,
    };

    /// <summary>The confidence below which an image is not answered.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Threshold(float minConfidence) => minConfidence > 0 ? [new("rf3d.min_confidence", minConfidence.ToString(CultureInfo.InvariantCulture))] : [];

    /// <summary>The colour to put behind transparent pixels of the input.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Background(RgbColor? color) => color is { } background ? [new("background", background.ToString())] : [];
}
