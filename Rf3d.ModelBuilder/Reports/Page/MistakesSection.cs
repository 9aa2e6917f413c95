using System.Xml.Linq;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>The most confused pairs and the worst mistakes, with pictures.</summary>
internal static class MistakesSection
{
    public static IEnumerable<XElement> Render(ReportData data)
    {
        var results = data.Results;
        if (results.Mistakes.IsEmpty)
        {
            yield return P($"There is no mistake among {Figures.Count(results.Images.Length, $"{data.TestName} image")}.");
            yield break;
        }
        yield return E("h3", "The most confused pairs");
        yield return P($"{Figures.Count(results.Mistakes.Length, "mistake")} in {Figures.Count(results.Pairs.Length, "pair")} of classes. The picture is the one of which the model was most sure.");
        yield return HtmlTable.Of(
            "The most confused pairs, each with an image",
            [("Shows", false), ("Taken for", false), ("Example", false), ("Images", true), ("Of the class", true)],
            data.PairExamples.Select((shown, index) => (IEnumerable<object?>)
            [
                results.Classes[results.Pairs[index].Actual],
                results.Classes[results.Pairs[index].Predicted],
                Images.Of(shown.Picture, Describe(data, shown.Image), "example"),
                Figures.Count(results.Pairs[index].Count),
                Figures.Percent(results.Pairs[index].Share),
            ]));
        yield return E("h3", "The worst mistakes");
        yield return P("Wrong answers of which the model was most sure. Some of them may be wrong labels.");
        yield return E("div", Class("gallery"), data.Mistakes.Select(shown => E("figure",
            Images.Of(shown.Picture, Describe(data, shown.Image)),
            E("figcaption",
                E("strong", results.Classes[shown.Image.Actual]), " taken for ", E("strong", results.Classes[shown.Image.Predicted]),
                E("span", Class("note"), $"{Figures.Percent(shown.Image.Confidence)} sure; {Figures.Percent(shown.Image.ActualProbability)} for the right class"),
                E("span", Class("note file"), shown.Image.Name)))));
    }

    private static string Describe(ReportData data, ScoredImage image) =>
        $"{image.Name}: {data.Results.Classes[image.Actual]}, taken for {data.Results.Classes[image.Predicted]}";
}
