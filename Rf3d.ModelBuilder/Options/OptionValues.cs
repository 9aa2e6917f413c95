using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.ModelBuilder;

/// <summary>Values of options as a command line, a .mbconfig file and C# have them.</summary>
internal static class OptionValues
{
    /// <summary>A description of the values of a type, as the end of "it must be".</summary>
    public static string Expected(Type type) => Plain(type) switch
    {
        var plain when plain == typeof(bool) => "true or false",
        var plain when plain == typeof(int) || plain == typeof(long) => "a whole number",
        var plain when plain == typeof(double) || plain == typeof(float) => "a number",
        var plain when plain.IsEnum => $"one of {string.Join(", ", Enum.GetNames(plain).Select(name => name.ToLowerInvariant()))}",
        var plain when IsList(plain) => "numbers with commas between them",
        _ => "a value",
    };

    /// <exception cref="FormatException">The text is no value of the type; the message says what one is.</exception>
    public static object Parse(Type type, string text)
    {
        var plain = Plain(type);
        object? value = plain switch
        {
            _ when plain == typeof(string) => text,
            _ when plain == typeof(bool) => bool.TryParse(text, out var flag) ? flag : null,
            _ when plain == typeof(int) => int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null,
            _ when plain == typeof(long) => long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null,
            _ when plain == typeof(double) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
            _ when plain == typeof(float) => float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
            _ when plain == typeof(Decomposition) => Decomposition.Parse(text),
            _ when plain == typeof(ClassWeights) => ClassWeights.Parse(text),
            _ when plain == typeof(RgbColor) => RgbColor.Parse(text),
            { IsEnum: true } => Enum.TryParse(plain, text, ignoreCase: true, out var name) && Enum.IsDefined(plain, name) ? name : null,
            _ when IsList(plain) => Numbers(text),
            _ => throw new NotSupportedException($"There is no text for {type}."),
        };
        return value ?? throw new FormatException($"it must be {Expected(type)}");
    }

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public static string Text(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        IEnumerable<double> numbers => string.Join(',', numbers.Select(number => number.ToString(CultureInfo.InvariantCulture))),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    /// <summary>Numbers, booleans and lists as such; all else as text.</summary>
    public static JsonNode? Json(object? value) => value switch
    {
        null => null,
        bool or int or long or double or float => JsonSerializer.SerializeToNode(value),
        IEnumerable<double> numbers => JsonSerializer.SerializeToNode(numbers),
        _ => Text(value),
    };

    /// <exception cref="FormatException">The node is no value of the type; the message says what one is.</exception>
    public static object FromJson(Type type, JsonNode? node) => node switch
    {
        JsonArray array when IsList(Plain(type)) => Parse(type, string.Join(',', array.Select(item => item?.ToJsonString()))),
        JsonValue value when value.GetValueKind() is JsonValueKind.String => Parse(type, value.GetValue<string>()),
        JsonValue value when Plain(type) != typeof(string) => Parse(type, value.ToJsonString()),
        _ => throw new FormatException($"it must be {Expected(type)}"),
    };

    /// <summary>A literal of C#.</summary>
    public static string Code(object? value) => value switch
    {
        null => "null",
        string text => Escaped.CSharp(text),
        // Those of ML.NET are nested; the others are in namespaces that the generated code uses.
        Enum name => $"{(name.GetType().IsNested ? name.GetType().FullName!.Replace('+', '.') : name.GetType().Name)}.{name}",
        float number => $"{Text(number)}f",
        IEnumerable<double> numbers => $"[{string.Join(", ", numbers.Select(number => Text(number)))}]",
        Decomposition or ClassWeights or RgbColor => $"{value.GetType().Name}.Parse({Escaped.CSharp(Text(value))})",
        _ => Text(value),
    };

    private static double[]? Numbers(string text)
    {
        var numbers = text.Split(',').Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : (double?)null).ToArray();
        return numbers.All(number => number is not null) ? Array.ConvertAll(numbers, number => number!.Value) : null;
    }

    private static bool IsList(Type type) => type == typeof(IReadOnlyList<double>);

    private static Type Plain(Type type) => Nullable.GetUnderlyingType(type) ?? type;
}
