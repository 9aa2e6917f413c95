using Rf3d.Datasets;

namespace Rf3d.ModelBuilder;

/// <summary>Names image files one after the other, without ever holding all of their names.</summary>
internal static class ImageFiles
{
    /// <summary>Represents a list of files on standard input, one a line.</summary>
    public const string StandardInput = "-";

    /// <param name="arguments">Files, folders whose images are meant (in the order that the system lists them), or <see cref="StandardInput"/>.</param>
    /// <param name="input">Where names come from for <see cref="StandardInput"/>.</param>
    /// <param name="finder">Looks through folders, and counts the files in them that are not images.</param>
    public static IEnumerable<string> Of(IEnumerable<string> arguments, TextReader input, ImageFileFinder finder)
    {
        foreach (var argument in arguments)
        {
            if (argument == StandardInput)
            {
                while (input.ReadLine() is { } line)
                {
                    if (line.Length > 0)
                        yield return line;
                }
            }
            else if (Directory.Exists(argument))
            {
                foreach (var path in finder.Find(argument))
                    yield return path;
            }
            else
            {
                // A file that is not there is reported with those that cannot be read.
                yield return argument;
            }
        }
    }
}
