using System.Xml.Linq;
using Rf3d.MLNet;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>Labels that a cross-validated model doubts, with pictures.</summary>
internal static class AuditLabelsSection
{
    private const int PairsShown = 12;

    public static IEnumerable<XElement> Render(AuditData data)
    {
        var doubted = data.Audit.With(ImageFindingKind.LabelDoubt);
        if (data.Audit.CrossValidatedAccuracy is null)
        {
            yield return Missing("Labels were not judged: that takes two classes with two images or more.");
            yield break;
        }
        yield return P("The model that says so has not learned from the image, nor from its duplicates. It is wrong at times: the labels are for you to judge. Those that are most likely wrong come first.");
        if (doubted.Length > 0)
        {
            var pairs = doubted.GroupBy(image => (image.Label, image.SuggestedLabel)).OrderByDescending(pair => pair.Count()).ToList();
            yield return HtmlTable.Of(
                pairs.Count > PairsShown ? $"The {PairsShown} most frequent pairs" : "Pairs",
                [("Label", false), ("Suggested", false), ("Images", true)],
                pairs.Take(PairsShown).Select(pair => (IEnumerable<object?>)[pair.Key.Label, pair.Key.SuggestedLabel, HtmlTable.Bar(Figures.Count(pair.Count()), (double)pair.Count() / pairs[0].Count())]));
        }
        yield return AuditGallery.Of(
            data, ImageFindingKind.LabelDoubt,
            image => $"{Figures.Percent(image.LabelProbability)} {image.Label}, {Figures.Percent(image.SuggestedProbability)} {image.SuggestedLabel}; {image.Split.ToString().ToLowerInvariant()}",
            "No label is in doubt.");
    }
}
