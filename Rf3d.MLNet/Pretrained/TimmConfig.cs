using System.Text.Json;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>The config.json of timm, which is beside model.safetensors in a repository of the Hugging Face hub. Other programs have files of this name, too.</summary>
/// <param name="License">Licence of the weights; null where it is not said.</param>
/// <param name="Architecture">timm's name of the network, as resnet50d; null where it is not said.</param>
internal sealed record TimmConfig(string? License, string? Architecture)
{
    // As editors leave it.
    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    private JsonElement Preparation { get; init; }

    private string File { get; init; } = "";

    /// <summary>Where it would be for a file of weights.</summary>
    public static string PathBeside(string path) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "config.json");

    /// <returns>Null where there is none, or a file of something else.</returns>
    public static TimmConfig? Beside(string path)
    {
        var file = PathBeside(path);
        using var json = System.IO.File.Exists(file) ? Parse(file) : null;
        if (json?.RootElement is not { ValueKind: JsonValueKind.Object } root || !root.TryGetProperty("pretrained_cfg", out var config) || config.ValueKind != JsonValueKind.Object)
            return null;
        return new(Text(config, "license"), Text(root, "architecture")) { Preparation = config.Clone(), File = file };
    }

    /// <summary>The path of a config.json beside a file of weights that is not JSON; null for none.</summary>
    public static string? DamagedBeside(string path)
    {
        var file = PathBeside(path);
        if (!System.IO.File.Exists(file))
            return null;
        using var json = Parse(file);
        return json is null ? file : null;
    }

    /// <summary>Whether it may be that of a network: timm's name contains that of the family, as tv_resnet34, vgg16_bn and mobilenetv1_100 do.</summary>
    public bool IsOf(Architecture architecture)
    {
        var family = string.Concat(architecture.ToString().TakeWhile(letter => !char.IsAsciiDigit(letter)));
        return Architecture?.Contains(family, StringComparison.OrdinalIgnoreCase) ?? true;
    }

    private static JsonDocument? Parse(string file)
    {
        try
        {
            // Without the mark that Windows editors write at the beginning.
            return JsonDocument.Parse(System.IO.File.ReadAllText(file), Lenient);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The image preparation.</summary>
    /// <exception cref="FormatException">A figure is missing or impossible.</exception>
    public PretrainedInput Input()
    {
        var config = Preparation;
        if (Numbers(config, "input_size") is not [3, var height, var width] || !IsSide(height) || !IsSide(width))
            throw Wrong("input_size", $"3 channels, and a height and a width of 1 to {ConvNetFactory.MaximumImageSize} pixels");
        var (mean, deviation) = (Numbers(config, "mean"), Numbers(config, "std"));
        if (mean.Length != 3 || !mean.All(float.IsFinite))
            throw Wrong("mean", "3 numbers");
        if (deviation.Length != 3 || !deviation.All(value => float.IsFinite(value) && value > 0))
            throw Wrong("std", "3 numbers above 0");
        var input = new PretrainedInput(PretrainedInput.Fractions(mean, deviation), (int)height, (int)width);
        if (!config.TryGetProperty("crop_pct", out var crop) || crop.ValueKind == JsonValueKind.Null)
            return input;
        var share = crop.ValueKind == JsonValueKind.Number && crop.TryGetDouble(out var number) ? number : double.NaN;
        return share <= 1 && Math.Max(height, width) / share <= ConvNetFactory.MaximumImageSize && share > 0
            ? input with { CropShare = share }
            : throw Wrong("crop_pct", $"a number above 0 and at most 1; the larger side of input_size divided by it may be at most {ConvNetFactory.MaximumImageSize}");

        FormatException Wrong(string name, string expected) =>
            new($"'{name}' in '{File}' beside it must be {expected}. Correct it, or move that file if it is not of these weights");
    }

    private static bool IsSide(float pixels) => pixels is >= 1 and <= ConvNetFactory.MaximumImageSize && float.IsInteger(pixels);

    private static float[] Numbers(JsonElement config, string name) =>
        config.TryGetProperty(name, out var numbers) && numbers.ValueKind == JsonValueKind.Array ? [.. numbers.EnumerateArray().Select(Number)] : [];

    private static float Number(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetSingle(out var number) ? number : float.NaN;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
}
