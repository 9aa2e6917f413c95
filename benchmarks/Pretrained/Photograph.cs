using Microsoft.ML;
using Microsoft.ML.Data;

namespace Rf3d.Benchmarks;

/// <summary>A file and its class, as a row for ML.NET's LoadImages.</summary>
internal sealed class Photograph
{
    public string Path { get; set; } = "";

    public string Name { get; set; } = "";

    /// <summary>The files of FOLDER/class/*, by class and name.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static IReadOnlyList<Photograph> Of(string folder) =>
    [
        .. Directory.GetDirectories(folder).Order(StringComparer.Ordinal)
            .SelectMany(name => Directory.GetFiles(name).Where(IsImage).Order(StringComparer.Ordinal).Select(path => new Photograph { Path = path, Name = System.IO.Path.GetFileName(name) })),
    ];

    /// <summary>As many of each class, drawn by the seed.</summary>
    public static IReadOnlyList<Photograph> Draw(IReadOnlyList<Photograph> all, int ofClass, int seed)
    {
        var random = new Random(seed);
        return [.. all.GroupBy(photograph => photograph.Name).SelectMany(group =>
        {
            var files = group.ToArray();
            random.Shuffle(files);
            return files.Take(ofClass);
        })];
    }

    /// <summary>Data with Image and Label. Both loaders are ML.NET's own, and nothing is read yet.</summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="train">Gives the keys of the classes.</param>
    /// <param name="wanted">The photographs to load.</param>
    public static IDataView Load(MLContext mlContext, IReadOnlyList<Photograph> train, IReadOnlyList<Photograph> wanted)
    {
        var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(Name), keyOrdinality: Microsoft.ML.Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Append(mlContext.Transforms.LoadImages("Image", "", nameof(Path)));
        return pipeline.Fit(mlContext.Data.LoadFromEnumerable(train)).Transform(mlContext.Data.LoadFromEnumerable(wanted));
    }

    private static bool IsImage(string path) => System.IO.Path.GetExtension(path).ToLowerInvariant() is ".jpg" or ".jpeg" or ".png" or ".bmp" or ".webp";
}
