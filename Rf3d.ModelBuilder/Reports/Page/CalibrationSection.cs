using System.Xml.Linq;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;
using Rf3d.MLNet;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>Whether the model is right as often as it says.</summary>
internal static class CalibrationSection
{
    public static IEnumerable<XElement> Render(ReportData data)
    {
        var (calibration, accuracy) = (data.Results.Calibration, data.Results.Accuracy.Value);
        var verdict = Math.Abs(calibration.Confidence - accuracy) < 0.01 ? "about as sure as it is right" : calibration.Confidence > accuracy ? "more sure than it is right" : "less sure than it is right";
        yield return P($"On average the model is {Figures.Percent(calibration.Confidence)} sure of its answer, and right in {Figures.Percent(accuracy)}: {verdict}. ",
            "The expected calibration error is ", E("strong", Figures.Percent(calibration.ExpectedError)), ".");
        if (Temperature(data.History?.Calibration) is { } text)
            yield return P(text);
        yield return E("div", Class("charts"), Reliability(calibration), Spread(calibration));
        yield return Note($"Expected calibration error (ECE): predictions are put into {Calibration.BinCount} bins of equal width by their confidence, the probability of the predicted class; ECE is the mean over the bins, weighed by their predictions, of |accuracy − mean confidence| (C. Guo et al., On Calibration of Modern Neural Networks, ICML 2017).");
        yield return E("details", E("summary", "The figures"), HtmlTable.Of(
            "Reliability by confidence",
            [("Confidence", false), ("Images", true), ("Mean confidence", true), ("Accuracy", true)],
            calibration.Bins.Where(bin => bin.Count > 0).Select(bin => (IEnumerable<object?>)
            [
                $"{Figures.Percent(bin.Low)} to {Figures.Percent(bin.High)}", Figures.Count(bin.Count), Figures.Percent(bin.Confidence), Figures.Percent(bin.Accuracy),
            ])));
    }

    private static string? Temperature(ProbabilityCalibration? calibration) => calibration switch
    {
        null => null,
        { IsApplied: false } => $"The probabilities are those of the training: on {Figures.Count(calibration.Images, "image")} held out of it, no temperature had a lower log loss in cross-validation.",
        _ => $"After training, the outputs before the softmax were divided by a temperature of {Figures.Number(calibration.Temperature)}, chosen on {Figures.Count(calibration.Images, "image")} held out of it. In cross-validation the log loss changed from {Figures.Number(calibration.LogLossBefore)} to {Figures.Number(calibration.LogLossAfter)}, the expected calibration error from {Figures.Percent(calibration.CalibrationErrorBefore)} to {Figures.Percent(calibration.CalibrationErrorAfter)}.",
    };

    private static XElement Reliability(Calibration calibration)
    {
        var model = Axes(100);
        var bars = new RectangleBarSeries { FillColor = Chart.First, StrokeThickness = 0 };
        var means = new ScatterSeries { MarkerType = MarkerType.Circle, MarkerFill = Chart.Second, MarkerSize = 4 };
        foreach (var bin in calibration.Bins.Where(bin => bin.Count > 0))
        {
            bars.Items.Add(Bar(bin, 100 * bin.Accuracy));
            means.Points.Add(new(100 * bin.Confidence, 100 * bin.Accuracy));
        }
        var diagonal = new LineSeries { Color = Chart.Ink, StrokeThickness = 1, LineStyle = LineStyle.Dash };
        diagonal.Points.AddRange([new(0, 0), new(100, 100)]);
        model.Series.Add(bars);
        model.Series.Add(diagonal);
        model.Series.Add(means);
        return Chart.Figure(model, "Accuracy by confidence.",
            "Accuracy in percent by confidence. ", Chart.Key("accuracy of a bin", 1), " ", Chart.Key("at its mean confidence", 2), " Points below the dashed line: too sure; above: too modest.");
    }

    private static XElement Spread(Calibration calibration)
    {
        var total = calibration.Bins.Sum(bin => bin.Count);
        var model = Axes(double.NaN);
        var bars = new RectangleBarSeries { FillColor = Chart.First, StrokeThickness = 0 };
        foreach (var bin in calibration.Bins.Where(bin => bin.Count > 0))
            bars.Items.Add(Bar(bin, 100.0 * bin.Count / total));
        model.Series.Add(bars);
        return Chart.Figure(model, "Share of the images by confidence.", "Share of the images in percent by confidence: how often the model is how sure.");
    }

    private static PlotModel Axes(double maximum)
    {
        var model = Chart.Empty();
        var (below, left) = (Chart.Axis(AxisPosition.Bottom, "confidence in %", "0"), Chart.Axis(AxisPosition.Left, "", "0.##"));
        (below.Minimum, below.Maximum, below.MajorStep) = (0, 100, 20);
        (left.Minimum, left.Maximum) = (0, maximum);
        model.Axes.Add(below);
        model.Axes.Add(left);
        return model;
    }

    private static RectangleBarItem Bar(CalibrationBin bin, double height) => new((100 * bin.Low) + 0.4, 0, (100 * bin.High) - 0.4, height);
}
