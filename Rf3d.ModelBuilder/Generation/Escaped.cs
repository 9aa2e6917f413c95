using System.Globalization;
using System.Text;

namespace Rf3d.ModelBuilder;

/// <summary>Text that comes from a data set, a path or an option, escaped for files that are read as code or markup.</summary>
internal static class Escaped
{
    /// <summary>A literal of C# in quotes. Characters that are neither visible nor a space are escaped: line ends of C#, controls, and marks that change the direction of text.</summary>
    public static string CSharp(string text)
    {
        var literal = new StringBuilder("\"");
        foreach (var character in text)
        {
            if (character is '"' or '\\')
                literal.Append('\\').Append(character);
            else if (IsVisible(character))
                literal.Append(character);
            else
                literal.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
        }
        return literal.Append('"').ToString();
    }

    /// <summary>Text within a line of Markdown: no markup, no HTML, no link.</summary>
    public static string Markdown(string text)
    {
        var escaped = new StringBuilder();
        foreach (var character in text)
        {
            if (char.IsAscii(character) && (char.IsPunctuation(character) || char.IsSymbol(character)))
                escaped.Append('\\').Append(character);
            else
                escaped.Append(IsVisible(character) || char.IsSurrogate(character) ? character : ' ');
        }
        return escaped.ToString();
    }

    private static bool IsVisible(char character) => character == ' ' || char.GetUnicodeCategory(character) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
