using System.Security.Cryptography;
using System.Text;

namespace Rf3d.ModelBuilder;

/// <summary>
/// The list that an installation leaves beside its files: the packages, and the SHA-256 and name of each file, as sha256sum writes them. By it a later installation knows its own files from others in the
/// same folder, and whether they are complete, undamaged and of the same packages.
/// </summary>
/// <param name="packages">The packages.</param>
internal sealed class InstallationList(IReadOnlyList<HeicPackage> packages)
{
    /// <summary>The name of its file.</summary>
    public const string FileName = "rf3d-heic.sha256";

    private const char Comment = '#';
    private const string Separator = "  ";

    /// <summary>The names of the files, in the order of the packages.</summary>
    public IReadOnlyList<string> Files { get; } = [.. packages.SelectMany(package => package.Files).Select(file => Path.GetFileName(file))];

    /// <summary>The names of the files that an earlier installation wrote into a folder; none where it has no list.</summary>
    public static IReadOnlyList<string> FilesIn(string folder)
    {
        var list = Path.Combine(folder, FileName);
        if (!File.Exists(list))
            return [];
        return [.. File.ReadLines(list).Where(line => !line.StartsWith(Comment)).Select(line => line.Split(Separator, 2)).Where(parts => parts.Length == 2 && parts[1] == Path.GetFileName(parts[1])).Select(parts => parts[1])];
    }

    /// <summary>Whether a folder has all files as they were installed, of these packages.</summary>
    public async Task<bool> IsOfAsync(string folder, CancellationToken cancellation)
    {
        var list = Path.Combine(folder, FileName);
        return File.Exists(list) && Files.All(file => File.Exists(Path.Combine(folder, file)))
            && await File.ReadAllTextAsync(list, cancellation).ConfigureAwait(false) == await TextAsync(folder, cancellation).ConfigureAwait(false);
    }

    /// <summary>Writes the list into a folder that has the files.</summary>
    public async Task WriteAsync(string folder, CancellationToken cancellation) =>
        await File.WriteAllTextAsync(Path.Combine(folder, FileName), await TextAsync(folder, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);

    private async Task<string> TextAsync(string folder, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        foreach (var package in packages)
            text.Append(Comment).Append(' ').Append(package.FileName).Append(' ').Append(package.Sha256).Append('\n');
        foreach (var file in Files)
        {
            var content = File.OpenRead(Path.Combine(folder, file));
            await using (content.ConfigureAwait(false))
                text.Append(Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellation).ConfigureAwait(false))).Append(Separator).Append(file).Append('\n');
        }
        return text.ToString();
    }
}
