using System.Globalization;
using CsvHelper;

namespace Rf3d.Datasets;

/// <summary>Reads tables of comma-separated values, RFC 4180; the separator may be a semicolon, too, a tab or a vertical bar.</summary>
internal static class DelimitedTable
{
    /// <exception cref="InvalidDataException">It is not such a table, a column is missing, or a row has too few or too many fields.</exception>
    public static IEnumerable<TableRow> Rows(string file, byte[] text, string? pathColumn, string? labelColumn)
    {
        using var reader = Open(file, text, out var names);
        var columns = TableColumns.Find(file, names, pathColumn, labelColumn);
        while (Read(file, reader))
        {
            RequireFields(file, reader, names, Math.Max(columns.Path, columns.Label));
            yield return new(reader.LineNumber, reader.GetString(columns.Path).Trim(), reader.GetString(columns.Label).Trim());
        }
    }

    /// <exception cref="InvalidDataException">The row ends before the column, or has values after the last heading.</exception>
    public static void RequireFields(string file, CsvReader reader, string[] names, int column)
    {
        if (reader.FieldCount <= column)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"'{file}' line {reader.LineNumber}: the row has {reader.FieldCount} of {names.Length} columns."));
        // Empty ones are those that spreadsheets add.
        for (var further = names.Length; further < reader.FieldCount; further++)
        {
            if (!string.IsNullOrWhiteSpace(reader.GetString(further)))
            {
                throw new InvalidDataException(string.Create(
                    CultureInfo.InvariantCulture, $"'{file}' line {reader.LineNumber}: the row has {reader.FieldCount} fields, and the table has {names.Length} headings. A value that contains the separator must be in quotes."));
            }
        }
    }

    /// <summary>Opens a table and reads its headings.</summary>
    /// <exception cref="InvalidDataException">It is empty, or its quotes are wrong.</exception>
    public static CsvReader Open(string file, byte[] text, out string[] names)
    {
        var isTabbed = Path.GetExtension(file).ToLowerInvariant() is ".tsv" or ".tab";
        var reader = CsvReader.Create(text, CsvReaderOptions.Default with
        {
            Separator = isTabbed ? '\t' : null,
            HasHeader = false,
            TrackLineNumbers = true,
            MalformedData = CsvMalformedDataHandling.Throw,
        });
        if (!Read(file, reader))
            throw new InvalidDataException($"'{file}' is empty.");
        names = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)];
        return reader;
    }

    /// <exception cref="InvalidDataException">The quotes are wrong.</exception>
    public static bool Read(string file, CsvReader reader)
    {
        try
        {
            return reader.Read();
        }
        catch (CsvFormatException error)
        {
            throw new InvalidDataException(
                string.Create(CultureInfo.InvariantCulture, $"'{file}' line {error.LineNumber}: the quotes are wrong. A field that contains quotes must be in quotes, with its own quotes doubled. ({error.Message.TrimEnd('.')})"), error);
        }
    }
}
