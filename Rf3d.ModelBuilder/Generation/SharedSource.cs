using System.Text;

namespace Rf3d.ModelBuilder;

/// <summary>Source files of our own libraries that generated applications get a copy of, since they reference no package of ours.</summary>
internal static class SharedSource
{
    private const string Namespace = "namespace Rf3d.Datasets;";

    private static readonly string[] ImageFiles = ["ImageDecoder.cs", "PixelBudget.cs", "BadImageException.cs"];

    /// <summary>The usings that the files for opening images need, and their types.</summary>
    public static (string Usings, string Types) Images()
    {
        var parts = ImageFiles.Select(Read).Select(text => text.Split(Namespace)).ToArray();
        var usings = parts.SelectMany(part => part[0].Split('\n', StringSplitOptions.RemoveEmptyEntries)).Distinct().Order(StringComparer.Ordinal);
        return (string.Join('\n', usings), string.Join("\n\n", parts.Select(part => part[1].Trim())));
    }

    private static string Read(string name)
    {
        using var stream = typeof(SharedSource).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"The tool has no source '{name}'.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
