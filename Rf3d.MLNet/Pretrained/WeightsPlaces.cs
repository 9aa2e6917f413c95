namespace Rf3d.MLNet;

/// <summary>Where files of pretrained networks may lie on a machine.</summary>
internal static class WeightsPlaces
{
    /// <summary>Environment variable that names a folder, or the address of a mirror.</summary>
    public const string Variable = "RF3D_WEIGHTS";

    /// <summary>The folder that the environment names; null where it names none, or a mirror on a server.</summary>
    public static string? Folder => Address is null ? Named : Address.IsFile ? Address.LocalPath : null;

    /// <summary>The mirror that the environment names; null where it names none.</summary>
    public static Uri? Mirror => Address is { Scheme: "http" or "https" } ? Address : null;

    // A plain path would be an address as well, with other rules for its signs.
    private static Uri? Address => Named is { } named && named.Contains("://", StringComparison.Ordinal) && Uri.TryCreate(named, UriKind.Absolute, out var address) ? address : null;

    private static string? Named => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } value ? value : null;

    /// <summary>The user's own folder for installed weights.</summary>
    public static string CacheFolder(PretrainedEntry entry) => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "rf3d", "weights", entry.Name);

    /// <summary>The first of the <see cref="Candidates"/> that is there, with the other files of the network; null where there is none.</summary>
    public static string? Find(PretrainedEntry entry, string? folder, string application, string cache) =>
        Candidates(entry, folder, application, cache).FirstOrDefault(path => File.Exists(path) && Missing(entry, path) is null);

    /// <summary>The first of the <see cref="Candidates"/> that is there without another file of the network; null where there is none.</summary>
    public static PartialWeights? FindPart(PretrainedEntry entry, string? folder, string application, string cache) =>
        Candidates(entry, folder, application, cache).Where(File.Exists).Select(path => Missing(entry, path) is { } missing ? new PartialWeights(path, missing) : null).FirstOrDefault(part => part is not null);

    /// <summary>As the other, in the places of this machine.</summary>
    public static PartialWeights? FindPart(PretrainedEntry entry) => FindPart(entry, Folder, AppContext.BaseDirectory, CacheFolder(entry));

    private static PretrainedFile? Missing(PretrainedEntry entry, string path) => entry.Files.Skip(1).FirstOrDefault(file => MeanImageFile.Find(path, file.Path) is null);

    /// <summary>Where a network's first file may lie, in the order in which to look.</summary>
    public static IEnumerable<string> Candidates(PretrainedEntry entry, string? folder, string application, string cache)
    {
        var file = entry.Files[0];
        if (folder is not null)
        {
            yield return Path.Combine(folder, entry.Name, file.Name);
            if (entry.Package is not null)
                yield return Path.Combine(folder, file.Path);
            // Many networks have a file called model.safetensors: such a name does not say of which it is.
            if (!PretrainedManifest.Current.Networks.Any(other => other.Name != entry.Name && other.Files[0].Name == file.Name))
                yield return Path.Combine(folder, file.Name);
        }
        if (entry.Package is not null)
            yield return Path.Combine(application, file.Path);
        yield return Path.Combine(cache, file.Name);
    }
}
