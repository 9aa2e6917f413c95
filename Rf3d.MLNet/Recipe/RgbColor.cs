using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rf3d.MLNet;

/// <summary>An opaque colour.</summary>
/// <param name="Red">Red, 0 to 255.</param>
/// <param name="Green">Green, 0 to 255.</param>
/// <param name="Blue">Blue, 0 to 255.</param>
[JsonConverter(typeof(RgbColorJson))]
public readonly record struct RgbColor(byte Red, byte Green, byte Blue)
{
    /// <summary>255, 255, 255.</summary>
    public static RgbColor White { get; } = new(255, 255, 255);

    /// <summary>0, 0, 0.</summary>
    public static RgbColor Black { get; } = new(0, 0, 0);

    internal float[] Values => [Red, Green, Blue];

    /// <summary>Reads "white", "black", or six hexadecimal digits with or without a number sign before them: two each for red, green and blue.</summary>
    /// <param name="text">As in "ff8000".</param>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static RgbColor Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var name = text.Trim();
        if (name.Equals("white", StringComparison.OrdinalIgnoreCase))
            return White;
        if (name.Equals("black", StringComparison.OrdinalIgnoreCase))
            return Black;
        var digits = name.StartsWith('#') ? name[1..] : name;
        return digits.Length == 6 && uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
            ? new((byte)(number >> 16), (byte)(number >> 8), (byte)number)
            : throw new FormatException($"A colour is \"white\", \"black\" or six hexadecimal digits, as in ff8000; '{text}' is none of these.");
    }

    /// <summary>Six hexadecimal digits, as in "ff8000". <see cref="Parse"/> reads them.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Red:x2}{Green:x2}{Blue:x2}");
}

/// <summary>Colours as the text that <see cref="RgbColor.ToString"/> gives.</summary>
internal sealed class RgbColorJson : JsonConverter<RgbColor>
{
    public override RgbColor Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.GetString() ?? "";
        try
        {
            return RgbColor.Parse(text);
        }
        catch (FormatException error)
        {
            throw new JsonException(error.Message, error);
        }
    }

    public override void Write(Utf8JsonWriter writer, RgbColor value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
