namespace Rf3d.Datasets;

/// <summary>Finds the columns of files and labels by their names.</summary>
/// <param name="Path">Index of the column of files.</param>
/// <param name="Label">Index of the column of labels.</param>
internal readonly record struct TableColumns(int Path, int Label)
{
    private static readonly string[] PathNames =
        ["path", "imagepath", "imgpath", "filepath", "file", "filename", "image", "imagename", "imagefile", "imageid", "img", "imgid", "id"];

    private static readonly string[] LabelNames = ["label", "class", "classname", "classlabel", "category", "categoryname", "target", "labelname", "labels", "classes"];

    /// <param name="table">The file, for messages.</param>
    /// <param name="names">The columns of the table.</param>
    /// <param name="path">The name of the column of files; null to find it.</param>
    /// <param name="label">The name of the column of labels; null to find it.</param>
    /// <exception cref="InvalidDataException">A column is missing.</exception>
    public static TableColumns Find(string table, IReadOnlyList<string> names, string? path, string? label)
    {
        var pathIndex = path is null ? First(PathNames) : Named(path, nameof(ImageTableOptions.PathColumn));
        var labelIndex = label is null ? First(LabelNames) : Named(label, nameof(ImageTableOptions.LabelColumn));
        if (names.Count == 2 && pathIndex is { } one && labelIndex is null)
            labelIndex = 1 - one;
        if (names.Count == 2 && labelIndex is { } other && pathIndex is null)
            pathIndex = 1 - other;
        if (pathIndex is not { } found)
            throw Unknown(table, names, "files", $"Name the column with {nameof(ImageTableOptions.PathColumn)}, or rename it to '{PathNames[0]}'.");
        if (labelIndex is not { } classes)
            throw Unknown(table, names, "labels", $"Name the column with {nameof(ImageTableOptions.LabelColumn)}, or rename it to '{LabelNames[0]}'.");
        return found != classes
            ? new(found, classes)
            : throw new InvalidDataException($"'{table}': '{names[found]}' cannot be the column of the files and of the labels.");

        int? First(string[] candidates) => TableColumns.Named(names, candidates);

        int Named(string name, string option)
        {
            var exact = Enumerable.Range(0, names.Count).Where(index => names[index].Trim() == name).ToList();
            return exact.Count == 1
                ? exact[0]
                : throw new InvalidDataException($"'{table}' has {(exact.Count == 0 ? "no column" : "more than one column")} '{name}' ({option}). It has: {All(names)}.");
        }

    }

    /// <summary>The column of files of a table without labels, found by its name.</summary>
    /// <param name="table">The file, for messages.</param>
    /// <param name="names">The columns of the table.</param>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static int FindPath(string table, IReadOnlyList<string> names) => Named(names, PathNames) ?? throw Unknown(table, names, "files", $"Name the column '{PathNames[0]}'.");

    /// <summary>The first column with one of these names; upper and lower case, spaces and signs make no difference.</summary>
    /// <param name="names">The columns of the table.</param>
    /// <param name="candidates">The names to look for, in lower case, the best first.</param>
    public static int? Named(IReadOnlyList<string> names, params string[] candidates)
    {
        var plain = names.Select(Plain).ToList();
        return candidates.Select(candidate => plain.IndexOf(candidate)).Where(index => index >= 0).Cast<int?>().FirstOrDefault();
    }

    private static InvalidDataException Unknown(string table, IReadOnlyList<string> names, string what, string advice) => new(
        $"'{table}' has no column that is known to hold {what}. Its columns are: {All(names)}. {advice}"
        + (names.Any(ImageFormats.Extensions.Contains) || names.Any(name => ImageFormats.Extensions.Contains(System.IO.Path.GetExtension(name)))
            ? " The first line seems to be a row: the table needs a line of headings." : ""));

    private static string All(IReadOnlyList<string> names) => string.Join(", ", names.Select(name => $"'{name}'"));

    private static string Plain(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
