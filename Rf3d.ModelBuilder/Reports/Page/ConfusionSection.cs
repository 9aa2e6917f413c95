using System.Globalization;
using System.Xml.Linq;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>Which classes are taken for which: the whole matrix for a few classes, for many the pairs alone.</summary>
internal static class ConfusionSection
{
    /// <summary>More classes than this make an unreadable matrix.</summary>
    public const int MostClasses = 30;

    // Below this share of the darkest colour, dark text is read more easily.
    private const double DarkShare = 0.5;

    public static IEnumerable<XElement> Render(ReportData data)
    {
        var results = data.Results;
        if (results.Classes.Length > MostClasses)
        {
            yield return P($"A matrix of {results.Classes.Length} × {results.Classes.Length} classes cannot be read, so there is none; the most confused pairs say the same in short.");
            yield return Pairs(data, 20);
            yield break;
        }
        yield return P("Rows are what the images show, columns what they were taken for. Blue cells are right, as dark as their share of the row; orange ones are mistakes, as dark as their share compared with the worst.");
        yield return HtmlTable.Box("Confusion matrix", Matrix(results, data.TestName));
    }

    /// <summary>The most confused pairs as a table.</summary>
    public static XElement Pairs(ReportData data, int count) => HtmlTable.Of(
        "The most confused pairs",
        [("Shows", false), ("Taken for", false), ("Images", true), ("Of the class", true)],
        data.Results.Pairs.Take(count).Select(pair => (IEnumerable<object?>)
        [
            data.Results.Classes[pair.Actual], data.Results.Classes[pair.Predicted], Figures.Count(pair.Count), Figures.Percent(pair.Share),
        ]));

    private static XElement Matrix(TestResults results, string measured)
    {
        var worst = results.Pairs.IsEmpty ? 1 : results.Pairs.Max(pair => pair.Share);
        return E("table", Class("matrix"),
            E("caption", $"Confusion matrix, number of {measured} images"),
            E("thead",
                E("tr", E("td", Class("corner")), results.Classes.Select(name => E("th", A("scope", "col"), E("span", name))))),
            E("tbody", results.Classes.Select((name, actual) => E("tr",
                E("th", A("scope", "row"), name),
                results.Classes.Select((_, predicted) => Cell(results, actual, predicted, worst))))));
    }

    private static XElement Cell(TestResults results, int actual, int predicted, double worst)
    {
        var count = results.Confusion(actual, predicted);
        if (count == 0)
            return E("td", Class("zero"), "0");
        var share = (double)count / results.ByClass[actual].Support;
        var shade = actual == predicted ? share : share / worst;
        return E("td",
            Class((actual == predicted ? "right" : "wrong") + (shade > DarkShare ? " dark" : "")),
            A("style", string.Create(CultureInfo.InvariantCulture, $"--shade:{0.06 + (0.94 * shade):0.###}")),
            A("title", $"{results.Classes[actual]}, taken for {results.Classes[predicted]}: {Figures.Percent(share)}"),
            Figures.Count(count));
    }
}
