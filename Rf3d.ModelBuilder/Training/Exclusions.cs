using Rf3d.Datasets;

namespace Rf3d.ModelBuilder;

/// <summary>The image files that a training leaves out, and which of them its data set has.</summary>
internal sealed class Exclusions
{
    private const int NamesShown = 5;

    private readonly string _file;
    private readonly IReadOnlyList<string> _paths;
    private readonly HashSet<string> _found = new(NativePaths.Comparer);

    private Exclusions(string file, IReadOnlyList<string> paths) => (_file, _paths) = (file, paths);

    /// <param name="file">The table.</param>
    /// <param name="folder">The folder that its names are relative to.</param>
    /// <exception cref="FileNotFoundException">There is no such table.</exception>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public static Exclusions Read(string file, string folder) => new(file, ImageExclusionTable.Read(file, folder));

    /// <exception cref="CommandException">No image would be left.</exception>
    public ImageFolderDataView Apply(ImageFolderDataView view)
    {
        var kept = view.Without(_paths);
        if (kept.FileCount == view.FileCount)
            return view;
        if (kept.FileCount == 0)
            throw new CommandException($"'{_file}' leaves out all {Numbers.Count(view.FileCount)} images of '{view.Folder}'. Write 'no' in the column exclude of those to keep.");
        _found.UnionWith(view.Paths.Except(kept.Paths, StringComparer.Ordinal).Select(Path.GetFullPath));
        return kept;
    }

    /// <summary>How many there are, and a warning with the names of those that the data set does not have.</summary>
    public IEnumerable<string> Lines()
    {
        yield return Printable.Line(Numbers.Text($"{Numbers.Count(_found.Count)} images are left out, as '{_file}' says."));
        var missing = _paths.Where(path => !_found.Contains(path)).ToList();
        foreach (var path in missing.Take(NamesShown))
            yield return Printable.Line($"warning: '{path}', which '{_file}' leaves out, is not in the data set.");
        if (missing.Count > NamesShown)
            yield return Printable.Line($"warning: {Numbers.Count(missing.Count - NamesShown)} more files that '{_file}' leaves out are not in the data set.");
    }
}
