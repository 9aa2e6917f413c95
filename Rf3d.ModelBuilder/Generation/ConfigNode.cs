using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rf3d.ModelBuilder;

/// <summary>An object of a .mbconfig file. A member that is missing or null is null; a member of another type is an error that names it.</summary>
internal sealed class ConfigNode
{
    private readonly string _path;

    private ConfigNode(string path, JsonObject json) => (_path, Json) = (path, json);

    public JsonObject Json { get; }

    /// <exception cref="JsonException">The text is no JSON, or names a member of an object twice.</exception>
    /// <exception cref="FormatException">It is no object.</exception>
    public static ConfigNode Parse(string text) =>
        JsonNode.Parse(text, documentOptions: new() { AllowDuplicateProperties = false }) is JsonObject json ? new("", json) : throw new FormatException("it is no JSON object");

    /// <exception cref="FormatException">The member is no object.</exception>
    public ConfigNode? Object(string member) => Json[member] switch
    {
        null => null,
        JsonObject json => new($"{_path}{member}.", json),
        var other => throw Wrong(member, other, "an object"),
    };

    /// <exception cref="FormatException">The member is no text.</exception>
    public string? Text(string member) => Value<string>(member, "text");

    /// <exception cref="FormatException">The member is no whole number, or one of more than 32 bits.</exception>
    public int? Whole(string member) => Json[member] is null ? null : Value<int>(member, "a whole number of at most 32 bits");

    /// <exception cref="FormatException">The member is no number.</exception>
    public double? Number(string member) => Json[member] is null ? null : Value<double>(member, "a number");

    private T? Value<T>(string member, string expected) => Json[member] switch
    {
        null => default,
        JsonValue value when value.TryGetValue<T>(out var plain) => plain,
        var other => throw Wrong(member, other, expected),
    };

    private FormatException Wrong(string member, JsonNode node, string expected)
    {
        const int Shown = 60;
        var json = node.ToJsonString();
        return new($"{_path}{member} is {(json.Length <= Shown ? json : json[..Shown] + "…")}; it must be {expected}");
    }
}
