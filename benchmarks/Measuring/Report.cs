using System.Globalization;
using System.Text;

namespace Rf3d.Benchmarks;

/// <summary>A Markdown file in the making: headings, paragraphs and tables, numbers always written with a point.</summary>
internal sealed class Report
{
    private readonly StringBuilder _text = new();

    public void Heading(int level, string title) => _text.Append('#', level).Append(' ').AppendLine(title).AppendLine();

    public void Paragraph(FormattableString text) => _text.AppendLine(text.ToString(CultureInfo.InvariantCulture)).AppendLine();

    public void List(IEnumerable<string> items)
    {
        foreach (var item in items)
            _text.Append("- ").AppendLine(item);
        _text.AppendLine();
    }

    public void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        Row(columns);
        Row([.. columns.Select(_ => "---")]);
        foreach (var row in rows)
            Row(row);
        _text.AppendLine();

        void Row(IEnumerable<string> cells) => _text.Append("| ").AppendJoin(" | ", cells).AppendLine(" |");
    }

    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, _text.ToString().TrimEnd() + "\n");
        Console.WriteLine($"Wrote {path}");
    }

    /// <summary>Three significant digits, from microseconds to minutes.</summary>
    public static string Milliseconds(double value) => value switch
    {
        >= 100 => Number(value, "0"),
        >= 10 => Number(value, "0.0"),
        >= 1 => Number(value, "0.00"),
        >= 0.1 => Number(value, "0.000"),
        _ => Number(value, "0.0000"),
    };

    /// <summary>As in "1.02 (0.98 to 1.10)".</summary>
    public static string Ratio(Spread ratio) => $"{Ratio(ratio.Median)} ({Ratio(ratio.Least)} to {Ratio(ratio.Greatest)})";

    public static string Ratio(double ratio) => Number(ratio, ratio >= 100 ? "0" : ratio >= 10 ? "0.0" : "0.00");

    public static string Bytes(long bytes) => bytes >= 1e9 ? Number(bytes / 1e9, "0.0 GB") : bytes >= 1e6 ? Number(bytes / 1e6, "0.0 MB") : Number(bytes / 1e3, "0.0 kB");

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
