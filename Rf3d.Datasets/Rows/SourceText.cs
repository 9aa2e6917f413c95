using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Rf3d.Datasets;

/// <summary>Texts that are others for other images, worked out without reading an image.</summary>
internal static class SourceText
{
    /// <summary>For images that follow from a few figures, or from files and options.</summary>
    public static string Of(FormattableString description) =>
        // Another build may decode or draw otherwise.
        $"{description.ToString(CultureInfo.InvariantCulture)}, Rf3d.Datasets {typeof(SourceText).Assembly.ManifestModule.ModuleVersionId}";

    /// <summary>A hash over names, lengths and times of last change.</summary>
    /// <param name="files">The name that counts, and where the file is now.</param>
    public static string HashOf(IEnumerable<(string Name, string Path)> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, path) in files)
        {
            var file = new FileInfo(path);
            var state = file.Exists
                ? string.Create(CultureInfo.InvariantCulture, $"{name}\0{file.Length}\0{file.LastWriteTimeUtc.Ticks}\n")
                : string.Create(CultureInfo.InvariantCulture, $"{name}\0missing\n");
            hash.AppendData(Encoding.UTF8.GetBytes(state));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
