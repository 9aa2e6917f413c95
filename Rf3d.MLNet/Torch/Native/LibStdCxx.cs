using System.Buffers;
using System.Text;

namespace Rf3d.MLNet;

/// <summary>The libstdc++ of this process: which file it is and which symbol versions it offers.</summary>
internal static class LibStdCxx
{
    private static readonly SearchValues<byte> NumberBytes = SearchValues.Create("0123456789."u8);

    private static ReadOnlySpan<byte> Prefix => "GLIBCXX_"u8;

    /// <summary>The file that the process has loaded as <c>libstdc++.so.6</c>, or null when none is or the system does not tell.</summary>
    public static string? FindLoaded()
    {
        try
        {
            foreach (var line in File.ReadLines("/proc/self/maps"))
            {
                var path = line.IndexOf('/', StringComparison.Ordinal) is var at and >= 0 ? line[at..] : "";
                if (Path.GetFileName(path).StartsWith("libstdc++.so.6", StringComparison.Ordinal) && File.Exists(path))
                    return path;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A container may hide /proc. The caller then uses the message of the dynamic linker.
        }

        return null;
    }

    /// <summary>The <c>GLIBCXX_*</c> versions named in the library, oldest first.</summary>
    public static IReadOnlyList<string> Versions(ReadOnlySpan<byte> library)
    {
        var versions = new HashSet<string>();
        for (var rest = library; rest.IndexOf(Prefix) is var at and >= 0;)
        {
            rest = rest[(at + Prefix.Length)..];
            var length = rest.IndexOf((byte)0);
            // Other names share the prefix, such as GLIBCXX_DEBUG_MESSAGE_LENGTH: a version is digits and dots up to the end.
            if (length > 0 && rest[..length].IndexOfAnyExcept(NumberBytes) < 0)
                versions.Add("GLIBCXX_" + Encoding.ASCII.GetString(rest[..length]));
        }

        return [.. versions.Where(name => Number(name) is not null).OrderBy(Number)];
    }

    private static Version? Number(string name) => Version.TryParse(name["GLIBCXX_".Length..], out var number) ? number : null;
}
