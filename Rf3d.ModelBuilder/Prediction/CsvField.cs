using System.Buffers;

namespace Rf3d.ModelBuilder;

/// <summary>Fields of comma-separated values (RFC 4180).</summary>
internal static class CsvField
{
    // Spreadsheets separate by semicolons in some countries, and by tabs.
    private static readonly SearchValues<char> Quoted = SearchValues.Create(",;\"\t\r\n");

    /// <summary>A name. A spreadsheet would calculate a text that begins like a formula; the apostrophe makes it text there.</summary>
    public static string Of(string text)
    {
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n')
            text = $"'{text}";
        return !text.AsSpan().ContainsAny(Quoted) ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
