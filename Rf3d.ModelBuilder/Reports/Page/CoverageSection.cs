using System.Xml.Linq;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;
using Rf3d.MLNet;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>Accuracy of the answers against the number of them.</summary>
internal static class CoverageSection
{
    private const int Points = 200;

    public static IEnumerable<XElement> Render(ReportData data)
    {
        var curve = data.Results.Coverage;
        var all = curve.At(0);
        var targets = CoverageTargets.Of(curve).ToList();
        yield return P("A model need not answer every image. With ", E("code", "--min-confidence"), " P it answers ", E("code", "Unknown"), " where its confidence, the probability of the most probable class, is below P. ",
            $"A higher P has fewer wrong answers and leaves more images to people. Without a threshold the model answers all {Figures.Count(curve.Images, $"{data.TestName} image")}, {Figures.Percent(all.Accuracy)} of them correctly.");
        if (targets.Count == 0)
        {
            yield return P("No accuracy of the table is above that of all images.");
            yield break;
        }
        yield return E("div", Class("charts"), Curve(curve));
        yield return HtmlTable.Of(
            "Thresholds by accuracy",
            [("Accuracy wanted", false), ("--min-confidence", true), ("Answered", true), ("Images", true), ("Accuracy of the answers", true), ("95 % interval", true)],
            targets.Select(target => Row(target.Accuracy, target.Point)));
        yield return Note($"For each accuracy the lowest threshold, in steps of 0.001, that has it on these {Figures.Count(curve.Images, "image")}. The interval is that of the number of answers (E. B. Wilson, 1927). The threshold was chosen on the same images, so that others will be answered a little less accurately. Images of a kind that no class has are not among them.");
    }

    private static IEnumerable<object?> Row(double accuracy, CoveragePoint? point)
    {
        if (point is null)
            return [Figures.Percent(accuracy), "none", "", "", "", ""];
        var (low, high) = point.AccuracyInterval;
        return
        [
            Figures.Percent(accuracy), FormattableString.Invariant($"{point.MinConfidence:0.000}"), Figures.Percent(point.Coverage), Figures.Count(point.Answered), Figures.Percent(point.Accuracy),
            $"{Figures.Percent(low)} to {Figures.Percent(high)}",
        ];
    }

    private static XElement Curve(CoverageCurve curve)
    {
        var model = Chart.Empty();
        var (below, left) = (Chart.Axis(AxisPosition.Bottom, "answered in %", "0"), Chart.Axis(AxisPosition.Left, "", "0.##"));
        (below.Minimum, below.Maximum, below.MajorStep) = (0, 100, 20);
        left.Maximum = 100;
        model.Axes.Add(below);
        model.Axes.Add(left);
        var line = new LineSeries { Color = Chart.First, StrokeThickness = 2 };
        foreach (var point in Enumerable.Range(0, Points).Select(step => curve.At((float)step / Points)).Where(point => point.Answered > 0))
            line.Points.Add(new(100 * point.Coverage, 100 * point.Accuracy));
        model.Series.Add(line);
        return Chart.Figure(model, "Accuracy of the answers by the share of images that is answered.", "Accuracy of the answers in percent by the share of the images that is answered.");
    }
}
