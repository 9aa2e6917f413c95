using System.Xml.Linq;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>How well each class is recognised.</summary>
internal static class ClassesSection
{
    public static IEnumerable<XElement> Render(ReportData data)
    {
        yield return P("Precision is the share of right answers among the images taken for a class, recall the share of its images that were recognised; F1 is the harmonic mean of both. The weakest class comes first.");
        yield return HtmlTable.Of(
            $"Metrics by class, on the {data.TestName} images",
            [("Class", false), ("F1", true), ("Precision", true), ("Recall", true), ("Images", true)],
            data.Results.ByClass.OrderBy(result => result.F1 ?? 2).Select(result => (IEnumerable<object?>)
            [
                result.Name,
                HtmlTable.Bar(Figures.Number(result.F1), result.F1 ?? 0),
                Figures.Percent(result.Precision),
                Figures.Percent(result.Recall),
                Figures.Count(result.Support),
            ]));
        var absent = data.Results.ByClass.Count(result => result.Support == 0);
        if (absent > 0)
            yield return Note($"{Figures.Count(absent, "class has", "classes have")} no {data.TestName} image: nothing is known of how well it is recognised.");
    }
}
