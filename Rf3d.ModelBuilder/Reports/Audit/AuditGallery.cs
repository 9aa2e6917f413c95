using System.Collections.Immutable;
using System.Xml.Linq;
using Rf3d.MLNet;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>Images of one finding beside each other, the most suspicious first.</summary>
internal static class AuditGallery
{
    private static readonly (ImageFindingKind Kind, string Title, string Meaning)[] Bad =
    [
        (ImageFindingKind.OneColour, "Of one colour", "The pixels of these images hardly differ."),
        (ImageFindingKind.Dark, "Dark", "Hardly anything shows in these images, and others of the set are brighter."),
        (ImageFindingKind.Blurred, "Blurred", "No part of these images is sharp at the size that the network sees, compared with the others. Skies, fog and smooth drawings look so, too."),
        (ImageFindingKind.Tiny, "Tiny", "These images have less than a quarter of the pixels on their shorter side that is usual here."),
        (ImageFindingKind.OddAspect, "Of an odd shape", "These images are much longer on one side than the others. A network sees their middle only, unless images are fitted whole."),
    ];

    public static IEnumerable<XElement> Outliers(AuditData data)
    {
        yield return P("Images whose features are far from those of their ten nearest neighbours. Some are of none of the classes; others are rare views of one.");
        yield return Of(data, ImageFindingKind.Outlier, image => $"distance {Figures.Number(image.OutlierDistance, "0.00")}", "No image is unlike all others.");
    }

    public static IEnumerable<XElement> Quality(AuditData data)
    {
        foreach (var (kind, title, meaning) in Bad)
        {
            yield return E("h3", title);
            if (data.Of(kind).IsEmpty)
            {
                yield return P("None.");
                continue;
            }
            yield return P(meaning);
            yield return Of(data, kind, image => Figure(kind, image), "");
        }
    }

    /// <param name="data">The page.</param>
    /// <param name="kind">Which finding.</param>
    /// <param name="figure">The text below a picture in addition to label and name.</param>
    /// <param name="nothing">The text where there is none.</param>
    public static XElement Of(AuditData data, ImageFindingKind kind, Func<AuditedImage, string> figure, string nothing)
    {
        var listed = data.Of(kind);
        if (listed.IsEmpty)
            return P(nothing);
        var count = data.Audit.Images.Count(image => image.Finding(kind) is not null);
        return E("div",
            listed.Length < count ? Note($"The first {Figures.Count(listed.Length)} of {Figures.Count(count)}; the table has all of them.") : null,
            E("div", Class("gallery"), listed.Select(shown => E("figure", Picture(shown), E("figcaption", Caption(kind, shown), E("span", Class("note"), figure(shown.Image)), E("span", Class("note file"), shown.Name))))));
    }

    /// <summary>The picture, or a box that says that there is none.</summary>
    public static XElement Picture(ListedImage shown) => shown.Picture is { } picture
        ? Images.Of(picture, $"{shown.Name}, labelled {shown.Image.Label}")
        : E("div", Class("nothing"), "no picture");

    private static ImmutableArray<object> Caption(ImageFindingKind kind, ListedImage shown) => kind is ImageFindingKind.LabelDoubt
        ? [E("strong", shown.Image.Label), " or ", E("strong", shown.Image.SuggestedLabel), "?"]
        : [E("strong", shown.Image.Label)];

    private static string Figure(ImageFindingKind kind, AuditedImage image) => kind switch
    {
        ImageFindingKind.OneColour => $"deviation {Figures.Percent(image.Contrast)}",
        ImageFindingKind.Dark => $"brightness {Figures.Percent(image.Brightness)}",
        ImageFindingKind.Blurred => $"sharpness {Figures.Number(image.Sharpness, "0.00")}",
        _ => $"{image.Width}×{image.Height} pixels",
    };
}
