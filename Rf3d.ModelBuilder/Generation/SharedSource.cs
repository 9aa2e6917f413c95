using System.Text;
using System.Text.RegularExpressions;

namespace Rf3d.ModelBuilder;

/// <summary>Source files of our own libraries that generated applications get a copy of, since they reference no package of ours.</summary>
internal static partial class SharedSource
{
    private static readonly string[] Files =
        [.. typeof(SharedSource).Assembly.GetManifestResourceNames().Where(name => name.EndsWith(".cs", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    // They need more than SkiaSharp, or are of the .zip or of the web service; and the list of the codecs that are left.
    private static readonly string[] NotForOnnx =
        ["HeifCodec.cs", "HeifLibrary.cs", "ImageSharpPixels.cs", "IsoBox.cs", "TgaCodec.cs", "TiffCodec.cs", "ImageCodecs.cs", "Crc32.cs", "ZipCheck.cs", "UploadMemory.cs", "UploadStream.cs"];

    // The applications on ML.NET take contents, not streams.
    private static readonly string[] ForOnnxAlone = ["ImageStreamContent.cs"];

    /// <summary>The usings that the files for applications on ML.NET need, and their types.</summary>
    public static (string Usings, string Types) Parts() => Parts(Files.Except(ForOnnxAlone));

    /// <summary>The usings that the files for applications on ONNX Runtime need, and their types.</summary>
    public static (string Usings, string Types) OnnxParts() => Parts(Files.Except(NotForOnnx));

    private static (string Usings, string Types) Parts(IEnumerable<string> files)
    {
        var parts = files.Select(Read).Select(text => Namespace().Split(text)).ToArray();
        var usings = parts.SelectMany(part => part[0].Split('\n', StringSplitOptions.RemoveEmptyEntries)).Distinct().Order(StringComparer.Ordinal);
        return (string.Join('\n', usings), string.Join("\n\n", parts.Select(part => part[1].Trim())));
    }

    [GeneratedRegex(@"^namespace [\w.]+;$", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    private static string Read(string name)
    {
        using var stream = typeof(SharedSource).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"The tool has no source '{name}'.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
