using System.Globalization;

namespace Rf3d.Datasets;

/// <summary>Makes the files of a data set of a table of labels.</summary>
internal sealed class ImageTable
{
    private const int RowsInMessage = 5;

    private readonly string _table;
    private readonly TableImageFiles _files;
    private readonly ImageTableOptions _options;
    private readonly UnusedFileTally _unused = new();
    private readonly RealPaths _real = new();

    // By the real path: a link and, where the system makes no difference between them, upper and lower case lead to the same file.
    private readonly Dictionary<string, (string Path, TableRow Row)> _byRealPath = new(NativePaths.Comparer);
    private readonly HashSet<string> _named = new(NativePaths.Comparer);
    private readonly HashSet<string> _folders = new(NativePaths.Comparer);
    private readonly List<TableRow> _missing = [];

    private ImageTable(string table, TableImageFiles files, ImageTableOptions options) => (_table, _files, _options) = (table, files, options);

    /// <summary>The extensions of tables.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".csv", ".tsv", ".tab", ".txt", ".jsonl", ".ndjson"];

    /// <param name="table">The file.</param>
    /// <param name="folder">The folder of the images; null for the folder of the table, or one in it that has them.</param>
    /// <param name="options">Options that have been checked.</param>
    /// <exception cref="FileNotFoundException">There is no such table.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The table is not one of labels, or names files that are missing.</exception>
    public static ImageFolderScan Scan(string table, string? folder, ImageTableOptions options)
    {
        if (folder is not null && !Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}' with the images of the table '{table}'.");
        var rows = Rows(table, options).ToList();
        if (rows.Count == 0)
            throw new InvalidDataException($"'{table}' has no rows.");
        var files = folder is null ? TableImageFiles.Beside(table, rows) : new TableImageFiles(folder);
        return new ImageTable(table, files, options).Scan(rows);
    }

    public static IEnumerable<TableRow> Rows(string table, ImageTableOptions options)
    {
        var text = TableText.Read(table);
        return Path.GetExtension(table).ToLowerInvariant() is ".jsonl" or ".ndjson"
            ? JsonLinesTable.Rows(table, text, options.PathColumn, options.LabelColumn)
            : DelimitedTable.Rows(table, text, options.PathColumn, options.LabelColumn);
    }

    private ImageFolderScan Scan(List<TableRow> rows)
    {
        foreach (var row in rows)
            Add(row);
        var isNoneThere = _missing.Count == rows.Count;
        if (_missing.Count > 0 && (isNoneThere || (_options.OnMissingFile ?? _options.OnBadImage) is BadImageAction.Fail))
        {
            throw new InvalidDataException(
                string.Create(CultureInfo.InvariantCulture, $"'{_table}' names {_missing.Count} files that are not in '{_files.Folder}': ")
                + string.Join("; ", _missing.Take(RowsInMessage).Select(row => string.Create(CultureInfo.InvariantCulture, $"line {row.Line}: '{row.Path}'")))
                + (_missing.Count > RowsInMessage ? "; …" : "")
                + (isNoneThere
                    ? ". The table names no other files. Name the folder of the images, or correct the table."
                    : $". Name the folder of the images, correct the table, or leave such rows out: {OptionsThatSkip()} in code, --skip-bad-images of rf3d."));
        }
        var classes = _options.Classes ?? [.. _byRealPath.Values.Select(file => file.Row.Label).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var keys = classes.Select((name, index) => (name, index)).ToDictionary(pair => pair.name, pair => pair.index, StringComparer.Ordinal);
        List<ImageFile> images = [.. _byRealPath.Values.Select(file => new ImageFile(KeyOf(file.Row), file.Path))];
        images.Sort(ImageFile.Compare);
        _folders.Add(Path.GetDirectoryName(Path.GetFullPath(_table))!);
        TableImageFiles.CountUnnamed(_folders, _named, _real, _unused);
        return ImageFolderScan.OfFiles(_files.Folder, classes, images, _unused.ToList());

        int KeyOf(TableRow row) => keys.TryGetValue(row.Label, out var key)
            ? key
            : throw Wrong(row, $"the label '{row.Label}' is not among the {classes.Count} classes of the training data");
    }

    private void Add(TableRow row)
    {
        if (row.Path.Length == 0)
            throw Wrong(row, "there is no file");
        if (row.Label.Length == 0)
            throw Wrong(row, $"'{row.Path}' has no label. Remove rows without a label");
        if (row.Path.Contains('\0', StringComparison.Ordinal))
            throw Wrong(row, "the name of the file has a null character");
        string path;
        try
        {
            path = _files.Find(row.Path) ?? Missing(row);
        }
        catch (InvalidDataException error)
        {
            throw Wrong(row, error.Message);
        }
        var full = Path.GetFullPath(path, _files.Folder);
        var real = _real.Of(full);
        _named.Add(real);
        _folders.Add(Path.GetDirectoryName(full)!);
        if (SpecialFile.Is(full))
        {
            _unused.AddFile(UnusedFileReason.NotARegularFile, full);
            return;
        }
        if (_byRealPath.TryAdd(real, (path, row)))
            return;
        var first = _byRealPath[real].Row;
        if (first.Label != row.Label)
        {
            var otherPath = first.Path == row.Path ? "" : $" as '{first.Path}'";
            throw Wrong(row, string.Create(CultureInfo.InvariantCulture, $"'{row.Path}' has the label '{row.Label}', and '{first.Label}' in line {first.Line}{otherPath}. An image has one label"));
        }
        _unused.AddFile(UnusedFileReason.RepeatedRow, full);
    }

    /// <summary>The row stays, as a file that cannot be read.</summary>
    private string Missing(TableRow row)
    {
        _missing.Add(row);
        return row.Path;
    }

    /// <summary>The options that must change for rows without a file to be left out.</summary>
    private string OptionsThatSkip()
    {
        (string Name, BadImageAction? Action)[] options = [(nameof(ImageTableOptions.OnMissingFile), _options.OnMissingFile), (nameof(ImageFolderOptions.OnBadImage), _options.OnBadImage)];
        return string.Join(" and ", options.Where(option => option.Action is BadImageAction.Fail).Select(option => $"{option.Name} = BadImageAction.Skip"));
    }

    private InvalidDataException Wrong(TableRow row, string what) => new(string.Create(CultureInfo.InvariantCulture, $"'{_table}' line {row.Line}: {what}."));
}
