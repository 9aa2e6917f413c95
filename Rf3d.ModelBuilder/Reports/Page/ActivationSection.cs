using System.Xml.Linq;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>Where the network looked.</summary>
internal static class ActivationSection
{
    public static IEnumerable<XElement> Render(ReportData data)
    {
        if (data.Activations.IsEmpty)
        {
            yield return Missing(data.NoActivations ?? "No image was chosen to show.");
            yield break;
        }
        var map = data.Activations[0].Predicted;
        yield return P(
            "Orange speaks for the class, blue against it. The maps are exact, no estimates: the network's last layer is linear, so that the mean of a map and the class's bias ",
            $"are the class's score before softmax. They have {map.Height} × {map.Width} places, drawn smoothly over what the network saw: the image resized, perhaps cut.");
        yield return E("div", Class("activations"), data.Activations.Select(shown => Render(data, shown)));
        yield return Note("Class-activation maps: B. Zhou et al., Learning Deep Features for Discriminative Localization (CVPR 2016). Each map has the full colour at its own strongest value; one place of it tells of a neighbourhood in the image, which is larger than the place.");
    }

    private static XElement Render(ReportData data, ShownActivation shown)
    {
        var image = shown.Image;
        var actual = data.Results.Classes[image.Actual];
        return E("figure", Class(image.IsCorrect ? "activation" : "activation mistake"),
            E("div", Class("pictures"),
                Picture("as seen", Images.Of(shown.Seen, $"{image.Name} as the network saw it")),
                Map(shown.Predicted),
                shown.Actual is null ? null : Map(shown.Actual)),
            E("figcaption",
                image.IsCorrect
                    ? [E("strong", actual), ", recognised"]
                    : new object[] { E("strong", actual), " taken for ", E("strong", data.Results.Classes[image.Predicted]) },
                E("span", Class("note file"), image.Name)));
    }

    private static XElement Map(ShownMap map) => Picture(
        $"{map.ClassName} {Figures.Percent(map.Probability)}",
        Images.Of(map.Overlay, $"What speaks for {map.ClassName}: score {Figures.Number(map.Logit, "0.00")}, of it {Figures.Number(map.Bias, "0.00")} bias"));

    private static XElement Picture(string label, XElement image) => E("div", image, E("span", Class("label"), label));
}
