using System.Text.Json;

namespace Rf3d.MLNet;

/// <summary>The config.json of timm, which is beside model.safetensors in a repository of the Hugging Face hub.</summary>
/// <param name="Input">The image preparation.</param>
/// <param name="License">Licence of the weights; null where it is not said.</param>
/// <param name="Architecture">timm's name of the network, as resnet50d; null where it is not said.</param>
internal sealed record TimmConfig(PretrainedInput Input, string? License, string? Architecture)
{
    /// <summary>Where it would be for a file of weights.</summary>
    public static string PathBeside(string path) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "config.json");

    /// <returns>Null where there is none.</returns>
    /// <exception cref="FormatException">It is there, and cannot be read.</exception>
    public static TimmConfig? Beside(string path)
    {
        var file = PathBeside(path);
        if (!File.Exists(file))
            return null;
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            if (!json.RootElement.TryGetProperty("pretrained_cfg", out var config))
                return null;
            var size = Numbers(config, "input_size");
            if (size is not [3, _, _])
                throw new FormatException($"'{file}' says that images have {size.FirstOrDefault()} channels; 3 are expected");
            var input = new PretrainedInput(PretrainedInput.Fractions(Numbers(config, "mean"), Numbers(config, "std")), (int)size[1], (int)size[2]);
            return new(
                config.TryGetProperty("crop_pct", out var share) ? input with { CropShare = share.GetDouble() } : input,
                config.TryGetProperty("license", out var license) ? license.GetString() : null,
                json.RootElement.TryGetProperty("architecture", out var architecture) ? architecture.GetString() : null);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new FormatException($"the '{file}' beside it is not what timm writes: {error.Message}", error);
        }
    }

    private static float[] Numbers(JsonElement config, string name) => [.. config.GetProperty(name).EnumerateArray().Select(number => number.GetSingle())];
}
