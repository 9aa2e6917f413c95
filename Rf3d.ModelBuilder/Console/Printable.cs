using System.Buffers;
using System.Globalization;
using System.Text;

namespace Rf3d.ModelBuilder;

/// <summary>
/// Text that a terminal shows and does not obey. Names of files and classes come from anyone: escape sequences in them could rewrite the screen, and marks that
/// change the direction of text could show another name. Such characters are written as in C# and JSON: <c>\u001b</c>.
/// </summary>
internal static class Printable
{
    private const string Ends = "\t\n";

    private static readonly string Obeyed = string.Concat(
        Range(0x00, 0x1F).Concat(Range(0x7F, 0x9F)).Concat(Range(0x200E, 0x200F)).Concat(Range(0x2028, 0x202E)).Concat(Range(0x2066, 0x2069)).Append('\u061C'));

    private static readonly SearchValues<char> InLine = SearchValues.Create(Obeyed);
    private static readonly SearchValues<char> InText = SearchValues.Create(string.Concat(Obeyed.Except(Ends)));

    /// <summary>Text of several lines: tabs and line feeds stay. The line ends of Windows become line feeds; other carriage returns are escaped.</summary>
    public static string Text(string text) => Escape(text.Replace("\r\n", "\n", StringComparison.Ordinal), InText);

    /// <summary>A name within a line or a cell: tabs and line ends are escaped, too.</summary>
    public static string Line(string text) => Escape(text, InLine);

    /// <summary>Whether the text stays as it is.</summary>
    public static bool IsText(ReadOnlySpan<char> text) => !text.ContainsAny(InText);

    private static string Escape(string text, SearchValues<char> obeyed)
    {
        if (!text.AsSpan().ContainsAny(obeyed))
            return text;
        var escaped = new StringBuilder();
        foreach (var character in text)
        {
            if (obeyed.Contains(character))
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            else
                escaped.Append(character);
        }
        return escaped.ToString();
    }

    private static IEnumerable<char> Range(int first, int last) => Enumerable.Range(first, last - first + 1).Select(code => (char)code);
}
