using System.Collections.Immutable;

namespace Rf3d.ModelBuilder;

/// <summary>The models of <c>rf3d serve</c>, in the order of the command line.</summary>
internal sealed class ServedModels : IDisposable
{
    private ServedModels(ImmutableArray<ServedModel> all) => All = all;

    public ImmutableArray<ServedModel> All { get; }

    /// <summary>Loads all of them, or none.</summary>
    /// <param name="paths">The .zip files.</param>
    /// <param name="minConfidence">The confidence below which images are not answered; null for the threshold of each model.</param>
    /// <param name="minTypicality">The typicality below which images are not answered; 0 for none.</param>
    /// <param name="note">Receives a line for each change of a file: that its model is used now, or why not. Called on threads of the pool.</param>
    public static ServedModels Load(IReadOnlyList<string> paths, float? minConfidence = null, float minTypicality = 0, Action<string>? note = null)
    {
        List<ServedModel> loaded = [];
        try
        {
            foreach (var (path, name) in paths.Zip(Names(paths)))
                loaded.Add(new(name, new() { Path = path, MinConfidence = minConfidence, MinTypicality = minTypicality }, note));
        }
        catch
        {
            loaded.ForEach(model => model.Dispose());
            throw;
        }
        return new([.. loaded]);
    }

    /// <returns>The first model where no name is given; null where no model has the name.</returns>
    public ServedModel? Find(string? name) => string.IsNullOrEmpty(name) ? All[0] : All.FirstOrDefault(model => model.Name == name);

    public void Dispose()
    {
        foreach (var model in All)
            model.Dispose();
    }

    /// <summary>The names of the files without ".zip"; with the folder in front, then with a number, where several are alike.</summary>
    internal static IReadOnlyList<string> Names(IReadOnlyList<string> paths)
    {
        var names = paths.Select(path => Path.GetFileNameWithoutExtension(path)).ToList();
        var withFolder = paths.Select((path, i) => names.Count(name => name == names[i]) == 1 ? names[i] : $"{Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path)))}/{names[i]}").ToList();
        return [.. withFolder.Select((name, i) => withFolder.IndexOf(name) == i ? name : $"{name} ({withFolder.Take(i).Count(other => other == name) + 1})")];
    }
}
