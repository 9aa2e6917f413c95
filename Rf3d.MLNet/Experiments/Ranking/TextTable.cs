using System.Text;

namespace Rf3d.MLNet;

/// <summary>Rows of texts under each other: words to the left, figures to the right.</summary>
internal static class TextTable
{
    /// <param name="rows">The header first; all of the same length.</param>
    /// <param name="isWords">Whether a column has words.</param>
    public static string Of(IReadOnlyList<string[]> rows, Func<int, bool> isWords)
    {
        var widths = rows[0].Select((_, column) => rows.Max(row => row[column].Length)).ToList();
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            var cells = row.Select((cell, column) => isWords(column) ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            text.Append(string.Join("  ", cells).TrimEnd()).Append('\n');
        }
        return text.ToString();
    }
}
