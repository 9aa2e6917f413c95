using System.Globalization;

namespace Rf3d.Datasets;

/// <summary>
/// Reads which image files to leave out of a data set from a table, such as the one that <c>rf3d audit</c> writes. <see cref="ImageFolderDataView.Without"/> leaves them out; nothing is deleted.
/// </summary>
public static class ImageExclusionTable
{
    // Before a text that a spreadsheet would take for a formula, rf3d writes an apostrophe.
    private const char Apostrophe = '\'';

    /// <summary>Reads the paths of the rows that exclude.</summary>
    /// <param name="tableFile">The table.</param>
    /// <param name="imageFolder">The folder that relative paths in the table are relative to.</param>
    /// <returns>Full paths, each once, in the order of the table. Whether there are such files is not looked at.</returns>
    /// <remarks>
    /// The table is text as for <see cref="Microsoft.ML.ImageTableCatalog.LoadImageTable"/>: separated by commas, semicolons, tabs or vertical bars, with a line of headings. It has a column of files named path, file, image or the like, and
    /// may have one named exclude: a row with yes, true, 1 or x there excludes its file, one with no, false, 0 or nothing does not. Without that column every row excludes its file.
    /// </remarks>
    /// <exception cref="FileNotFoundException">There is no such table.</exception>
    /// <exception cref="InvalidDataException">It is not such a table, or a row has fields missing or too many, or says neither yes nor no; the message names the file and the line.</exception>
    public static IReadOnlyList<string> Read(string tableFile, string imageFolder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(tableFile);
        ArgumentException.ThrowIfNullOrWhiteSpace(imageFolder);
        var files = new TableImageFiles(imageFolder);
        using var reader = DelimitedTable.Open(tableFile, TableText.Read(tableFile), out var names);
        var path = TableColumns.FindPath(tableFile, names);
        var exclude = TableColumns.Named(names, "exclude", "excluded");
        List<string> paths = [];
        while (DelimitedTable.Read(tableFile, reader))
        {
            DelimitedTable.RequireFields(tableFile, reader, names, Math.Max(path, exclude ?? 0));
            var file = reader.GetString(path);
            var isExcluded = exclude is not { } column || IsYes(reader.GetString(column).Trim());
            if (isExcluded && string.IsNullOrWhiteSpace(file))
                throw Wrong("there is no file");
            if (file.Contains('\0', StringComparison.Ordinal))
                throw Wrong("the name of the file has a null character");
            if (isExcluded)
                paths.Add(FullPath(file));
        }
        return [.. paths.Distinct(NativePaths.Comparer)];

        string FullPath(string file)
        {
            try
            {
                return Names(file).Select(files.Find).FirstOrDefault(found => found is not null) is { } found ? Path.GetFullPath(found, files.Folder) : Path.GetFullPath(file, files.Folder);
            }
            catch (InvalidDataException error)
            {
                throw Wrong(error.Message.TrimEnd('.'));
            }
        }

        bool IsYes(string value) => value.ToLowerInvariant() switch
        {
            "yes" or "y" or "true" or "1" or "x" => true,
            "no" or "n" or "false" or "0" or "" => false,
            _ => throw Wrong($"the column '{names[exclude!.Value]}' has '{value}'. Write yes or no"),
        };

        InvalidDataException Wrong(string what) => new(string.Create(CultureInfo.InvariantCulture, $"'{tableFile}' line {reader.LineNumber}: {what}."));
    }

    /// <summary>The name in a cell, without a leading apostrophe and without spaces around it.</summary>
    private static IEnumerable<string> Names(string file)
    {
        yield return file;
        if (file.Length > 1 && file[0] == Apostrophe && file[1] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n')
            yield return file[1..];
        yield return file.Trim();
    }
}
