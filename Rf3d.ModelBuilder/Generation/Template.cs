using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Rf3d.ModelBuilder;

/// <summary>A text with places to fill in, each a name in double braces. The texts are files in Generation/Templates.</summary>
internal sealed partial class Template
{
    private readonly string _name;
    private readonly string _text;

    private Template(string name, string text) => (_name, _text) = (name, text);

    /// <param name="name">The file's name.</param>
    /// <exception cref="InvalidOperationException">There is no such template.</exception>
    public static Template Read(string name)
    {
        using var stream = typeof(Template).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The tool has no template '{name}'.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return new(name, reader.ReadToEnd().ReplaceLineEndings("\n"));
    }

    /// <summary>Fills templates and writes them to new files.</summary>
    /// <param name="files">Templates, and the path of each file; {0} in it is the model's name.</param>
    /// <param name="folder">Where to write.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="values">The values of the places.</param>
    /// <exception cref="InvalidOperationException">A text has a place that there is no value for.</exception>
    /// <exception cref="IOException">There is such a file already, or it cannot be written.</exception>
    public static void WriteAll(IEnumerable<(string Template, string File)> files, string folder, string name, Dictionary<string, string> values)
    {
        foreach (var (template, file) in files)
        {
            var path = Path.Combine(folder, string.Format(CultureInfo.InvariantCulture, file, name));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            // Two templates for one file, or for two whose names differ in upper and lower case alone, would lose one of them.
            using var writer = new StreamWriter(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write });
            writer.Write(Read(template).Fill(values));
        }
    }

    /// <summary>The text, with the places.</summary>
    public string Text => _text;

    /// <exception cref="InvalidOperationException">The text has a place that there is no value for.</exception>
    public string Fill(Dictionary<string, string> values) => Place().Replace(
        _text,
        match => values.TryGetValue(match.Groups[1].Value, out var value)
            ? value
            : throw new InvalidOperationException($"The template '{_name}' asks for {match.Groups[1].Value}, which is not given."));

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex Place();
}
