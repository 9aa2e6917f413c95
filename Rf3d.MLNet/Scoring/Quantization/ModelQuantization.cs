using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rf3d.MLNet;

/// <summary>How a saved model was quantized. It is part of the model's file.</summary>
public sealed record ModelQuantization
{
    /// <summary>The key in the metadata of the network's graph.</summary>
    internal const string Key = QuantizedNetwork.Key;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    /// <summary>The numbers that it computes with.</summary>
    public required ModelPrecision Precision { get; init; }

    /// <summary>The number of convolutions and hidden linear layers that compute with them.</summary>
    public required int Layers { get; init; }

    /// <summary>The layers that stayed in 32-bit floating point. The last layer, which always does, is not among them.</summary>
    public ImmutableArray<string> Float32Layers { get; init; } = [];

    /// <summary>The number of images that the ranges were measured on; 0 for <see cref="ModelPrecision.Float16"/>.</summary>
    public int CalibrationImages { get; init; }

    /// <summary>How the ranges were chosen; null for <see cref="ModelPrecision.Float16"/>.</summary>
    public CalibrationMethod? Method { get; init; }

    /// <summary>Bits of the weights.</summary>
    public required int WeightBits { get; init; }

    internal string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <exception cref="FormatException">The text is not of this library.</exception>
    internal static ModelQuantization Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<ModelQuantization>(text, Json) ?? throw new FormatException("its record of the quantization is empty");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new FormatException($"its record of the quantization cannot be read: {error.Message.TrimEnd('.')}", error);
        }
    }
}
