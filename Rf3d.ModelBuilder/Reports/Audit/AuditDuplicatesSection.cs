using System.Xml.Linq;
using Rf3d.MLNet;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>Groups of images that show the same.</summary>
internal static class AuditDuplicatesSection
{
    public static IEnumerable<XElement> Render(AuditData data)
    {
        if (data.Groups.IsEmpty)
        {
            yield return P("No two images show the same.");
            yield break;
        }
        yield return P("Images that show the same: equal, mirrored, or changed a little. With several labels no network can learn both; in several parts, a test measures memory; else the picture counts twice. The copy to keep is the one that measures: of the test images before validation and training images.");
        if (data.Groups.Length < data.Audit.Duplicates.Length)
            yield return Note($"The first {Figures.Count(data.Groups.Length)} of {Figures.Count(data.Audit.Duplicates.Length, "group")}; the table has all of them.");
        foreach (var kind in data.Groups.GroupBy(group => group.Group.Kind).OrderBy(kind => kind.Key))
        {
            yield return E("h3", Title(kind.Key));
            yield return E("ol", Class("groups"), kind.Select(Group));
        }
    }

    private static string Title(ImageFindingKind kind) => kind switch
    {
        ImageFindingKind.DuplicateAcrossClasses => "Across classes",
        ImageFindingKind.DuplicateAcrossSplits => "Across splits",
        _ => "Within a class",
    };

    private static XElement Group(ListedGroup shown)
    {
        var (group, kept) = (shown.Group, AuditProposals.Kept(shown.Group));
        return E("li", Class("one"),
            P(E("strong", $"Group {shown.Number}: {Figures.Count(group.Images.Length, "image")}"), group.IsExact ? ", equal in every pixel" : $", similarity {Figures.Number(group.Similarity, "0.00")}",
                shown.Images.Length < group.Images.Length ? $"; the first {shown.Images.Length} are shown" : ""),
            E("ul", Class("group"), shown.Images.Select(image => E("li",
                AuditGallery.Picture(image),
                E("span", Class(ReferenceEquals(image.Image, kept) ? "kept" : "label"), ReferenceEquals(image.Image, kept) ? "keep" : kept is null ? "check label" : "remove"),
                " ", image.Image.Label, ", ", image.Image.Split.ToString().ToLowerInvariant(),
                E("span", Class("label file"), image.Name)))));
    }
}
