using System.Globalization;
using System.Text.Json;

namespace Rf3d.Datasets;

/// <summary>Reads tables that have a JSON object in each line: <c>{"image": "1.jpg", "label": "cat"}</c>.</summary>
internal static class JsonLinesTable
{
    /// <exception cref="InvalidDataException">It is not such a table, or a column is missing.</exception>
    public static IEnumerable<TableRow> Rows(string file, byte[] text, string? pathColumn, string? labelColumn)
    {
        var line = 0;
        (string Path, string Label)? names = null;
        using var lines = new StreamReader(new MemoryStream(text));
        while (lines.ReadLine() is { } content)
        {
            line++;
            if (string.IsNullOrWhiteSpace(content))
                continue;
            using var row = Parse(content);
            if (names is null)
            {
                string[] columns = [.. row.RootElement.EnumerateObject().Select(property => property.Name)];
                var found = TableColumns.Find(file, columns, pathColumn, labelColumn);
                names = (columns[found.Path], columns[found.Label]);
            }
            yield return new(line, Value(row, names.Value.Path), Value(row, names.Value.Label));
        }
        if (line == 0)
            throw new InvalidDataException($"'{file}' is empty.");

        JsonDocument Parse(string content)
        {
            try
            {
                var document = JsonDocument.Parse(content);
                return document.RootElement.ValueKind is JsonValueKind.Object ? document : throw Wrong("is not a JSON object");
            }
            catch (JsonException error)
            {
                throw Wrong($"is not a JSON object ({error.Message.TrimEnd('.')})");
            }
        }

        string Value(JsonDocument row, string name) => !row.RootElement.TryGetProperty(name, out var value)
            ? throw Wrong($"has no '{name}'")
            : value.ValueKind switch
            {
                JsonValueKind.String => value.GetString()!.Trim(),
                JsonValueKind.Number => value.GetRawText(),
                JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
                JsonValueKind.Null => "",
                _ => throw Wrong($"has a '{name}' that is neither a text nor a number"),
            };

        InvalidDataException Wrong(string what) => new(string.Create(CultureInfo.InvariantCulture, $"'{file}' line {line}: the line {what}."));
    }
}
