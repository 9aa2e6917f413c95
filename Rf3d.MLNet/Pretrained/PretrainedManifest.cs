using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rf3d.MLNet;

/// <summary>The pretrained networks that this library knows by name: manifest.json, which is part of the assembly.</summary>
internal sealed record PretrainedManifest
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() }, RespectNullableAnnotations = true };

    private static readonly Lazy<PretrainedManifest> Loaded = new(Load);

    /// <summary>Terms of the images that all of them learned from.</summary>
    public required string DataTerms { get; init; }

    public required ImmutableArray<PretrainedEntry> Networks { get; init; }

    public static PretrainedManifest Current => Loaded.Value;

    /// <summary>The network of a name, or null.</summary>
    public static PretrainedEntry? Find(string name) => Current.Networks.FirstOrDefault(entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The network whose first file has a hash, or null.</summary>
    public static PretrainedEntry? FindByHash(string sha256) => Current.Networks.FirstOrDefault(entry => entry.Files[0].Sha256 == sha256);

    /// <exception cref="ArgumentException">There is no network of this name.</exception>
    public static PretrainedEntry Require(string name) => Find(name)
        ?? throw new ArgumentException($"No pretrained network has the name '{name}'. Known names: {string.Join(", ", Current.Networks.Select(entry => entry.Name))}.", nameof(name));

    /// <summary>The remedy if the files of a network are not on this machine.</summary>
    /// <param name="entry">The network.</param>
    /// <param name="part">The one of its files that is there; null for none.</param>
    public static FileNotFoundException Missing(PretrainedEntry entry, PartialWeights? part)
    {
        var package = entry.Package is { } known ? $"add the package {known.Id} to your application ('dotnet add package {known.Id}'), " : "";
        return new FileNotFoundException(
            $"{(part is null ? $"The weights of '{entry.Name}' are not on this machine." : part.Describe(entry))} Fetch them once with PretrainedWeights.InstallAsync(\"{entry.Name}\") where there is a network; or without one, {package}put {Places(entry)}; or name a folder that has them in the environment variable {WeightsPlaces.Variable}.",
            part?.Missing.Name ?? entry.Files[0].Name);
    }

    /// <summary>The files with their hashes and the paths to put them at.</summary>
    public static string Places(PretrainedEntry entry) => string.Join(" and ", entry.Files.Select(file =>
        $"'{file.Name}' ({(file.Sha256 is null ? "its hash is not known here" : "SHA-256 " + file.Sha256)}) at '{Path.Combine(WeightsPlaces.CacheFolder(entry), file.Name)}'"));

    private static PretrainedManifest Load()
    {
        using var stream = typeof(PretrainedManifest).Assembly.GetManifestResourceStream("Rf3d.MLNet.Pretrained.manifest.json")
            ?? throw new InvalidOperationException("The assembly lacks its list of pretrained networks.");
        return JsonSerializer.Deserialize<PretrainedManifest>(stream, Json)!;
    }
}
