using System.Xml.Linq;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>The results of an audit for each class.</summary>
internal static class AuditClassesSection
{
    public static IEnumerable<XElement> Render(AuditData data)
    {
        yield return P("Recall is the share of the images of a class that the cross-validated model recognises. Classes of many doubts in both directions may be two names of one thing, or classes that labellers confused.");
        yield return HtmlTable.Of(
            "Figures by class, those of most doubted labels first",
            [("Class", false), ("Doubted", true), ("Suggested for others", true), ("Recall", true), ("Images", true)],
            data.Audit.Classes.OrderByDescending(each => (double)each.Doubted / Math.Max(1, each.Images)).Select(each => (IEnumerable<object?>)
            [
                each.Name,
                HtmlTable.Bar(Figures.Count(each.Doubted), (double)each.Doubted / Math.Max(1, each.Images)),
                Figures.Count(each.Suggested),
                Figures.Percent(each.Recall),
                Figures.Count(each.Images),
            ]));
    }
}
