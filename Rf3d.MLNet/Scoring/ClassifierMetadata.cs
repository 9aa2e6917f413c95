using System.Globalization;
using System.Text.Json;

namespace Rf3d.MLNet;

/// <summary>What an ONNX file of a whole classifier says about itself, for those who use it without ML.NET.</summary>
internal static class ClassifierMetadata
{
    public static IReadOnlyDictionary<string, string> Of(IReadOnlyList<string> classes, int height, int width, string architecture, RgbColor? background) => new Dictionary<string, string>(Background(background))
    {
        ["classes"] = JsonSerializer.Serialize(classes),
        ["image_height"] = height.ToString(CultureInfo.InvariantCulture),
        ["image_width"] = width.ToString(CultureInfo.InvariantCulture),
        ["color_order"] = "RGB",
        ["architecture"] = architecture,
    };

    /// <summary>What to put behind transparent pixels before the image goes in.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Background(RgbColor? color) => color is { } background ? [new("background", background.ToString())] : [];
}
