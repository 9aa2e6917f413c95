using System.Text;

namespace Rf3d.ModelBuilder;

/// <summary>The page and the table of an audit: each takes its name when both are complete, and no other command writes them meanwhile.</summary>
internal sealed class AuditOutput : IDisposable
{
    private const string TableExtension = ".csv";

    private readonly StagedFile _page;
    private readonly StagedFile _table;

    private AuditOutput(string pagePath, string tablePath)
    {
        (PagePath, TablePath) = (pagePath, tablePath);
        (_page, _table) = (new(Path.GetFullPath(pagePath)), new(Path.GetFullPath(tablePath)));
    }

    /// <summary>The page, as the command line names it.</summary>
    public string PagePath { get; }

    /// <summary>The table beside it.</summary>
    public string TablePath { get; }

    /// <param name="path">The page.</param>
    /// <param name="force">Whether files that are there may be replaced.</param>
    /// <param name="labels">The table with the labels of the images, which is never replaced; null where there is none.</param>
    /// <exception cref="CommandException">The files are there, or cannot be written.</exception>
    public static AuditOutput Prepare(string path, bool force, string? labels)
    {
        var table = Path.ChangeExtension(path, TableExtension);
        if (labels is not null && new[] { path, table }.FirstOrDefault(file => OutputFile.AreSame(file, labels)) is { } same)
            throw new CommandException($"'{same}' is the table with the labels of the images: the audit does not replace it. Choose another --output.");
        if (Path.GetExtension(path).Equals(TableExtension, StringComparison.OrdinalIgnoreCase))
            throw new CommandException($"'{path}' is the name of the table. Name the page with --output, as in 'audit.html'.");
        OutputFile.Check(path, "page", force);
        OutputFile.Check(table, "page", force);
        var output = new AuditOutput(path, table);
        try
        {
            output._page.Open();
            output._table.Open();
            return output;
        }
        catch
        {
            output.Dispose();
            throw;
        }
    }

    /// <exception cref="IOException">They cannot be written; then the old files stay.</exception>
    public void Write(string page, string table)
    {
        File.WriteAllText(_page.Path, page, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        // With a byte order mark, by which spreadsheets know UTF-8.
        File.WriteAllText(_table.Path, table, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        _table.Commit();
        _page.Commit();
    }

    public void Dispose()
    {
        _page.Dispose();
        _table.Dispose();
    }
}
