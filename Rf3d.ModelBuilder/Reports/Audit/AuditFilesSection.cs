using System.Xml.Linq;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>Files that cannot be read, and those that are not used.</summary>
internal static class AuditFilesSection
{
    private const int FilesShown = 100;

    public static IEnumerable<XElement> Render(AuditData data)
    {
        yield return E("h3", "Files that cannot be read");
        if (data.Unreadable.IsEmpty)
            yield return P("None: every image was read.");
        else
            yield return E("ul", data.Unreadable.Take(FilesShown).Select(file => E("li", E("code", file.Name), $": {file.Reason}")), More(data.Unreadable.Length));
        yield return E("h3", "Files that are not used");
        if (data.Unused.IsEmpty)
            yield return P("None: every file of the folders is an image of the data set.");
        else
            yield return E("ul", data.Unused.Select(files => E("li", (files with { Example = Path.GetFileName(files.Example) }).ToString())));
    }

    private static XElement? More(int count) => count > FilesShown ? E("li", $"and {Figures.Count(count - FilesShown)} more, which the table has") : null;
}
