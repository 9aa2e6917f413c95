using System.Text;

namespace Rf3d.ModelBuilder;

/// <summary>
/// Standard input, output and error in UTF-8 where they are files or pipes. .NET would take the code page of the console (Windows) or the charset of the locale, which do not have the characters of every name.
/// </summary>
internal static class Utf8Streams
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Must come before the first use of the streams.</summary>
    public static void Use()
    {
        // A terminal of Windows then shows every character. Its code page is not changed, since later programs use it.
        if (OperatingSystem.IsWindows() && !(Console.IsOutputRedirected && Console.IsErrorRedirected))
            Console.OutputEncoding = Encoding.Unicode;
        if (Console.IsOutputRedirected)
            Console.SetOut(Writer(Console.OpenStandardOutput()));
        if (Console.IsErrorRedirected)
            Console.SetError(Writer(Console.OpenStandardError()));
        // A byte order mark at the beginning is not part of the first line.
        if (Console.IsInputRedirected)
            Console.SetIn(new StreamReader(Console.OpenStandardInput(), Utf8, detectEncodingFromByteOrderMarks: true));
    }

    private static StreamWriter Writer(Stream stream) => new(stream, Utf8) { AutoFlush = true };
}
