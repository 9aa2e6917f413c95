using System.Xml.Linq;
using Rf3d.MLNet;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>The model beside ML.NET's own pretrained features, image by image.</summary>
internal static class BaselineSection
{
    public static IEnumerable<XElement> Render(ReportData data)
    {
        if (data.Baseline is not { } baseline)
        {
            yield return P("Not measured. ", E("code", "rf3d report --baseline"), " trains ML.NET's own pretrained features on the same images.");
            yield break;
        }
        yield return P(
            "ML.NET's own way to classify images by a pretrained network learned from the same training images: the features of ", E("code", "DnnFeaturizeImage"),
            " with ResNet18, at 224 × 224 pixels, and ", E("code", "LbfgsMaximumEntropy"), " on them, its penalty chosen by cross-validation.");
        yield return HtmlTable.Of(
            $"Both on the same {Figures.Count(data.Results.Images.Length, $"{data.TestName} image")}",
            [("", false), ("Accuracy", true), ("95 % interval", true), ("Log loss", true)],
            [Row("This model", data.Results), Row("DnnFeaturizeImage, LbfgsMaximumEntropy", baseline)]);
        var counts = Compared(baseline, data.Results);
        var (low, high) = counts.DifferenceInterval;
        yield return P(
            $"Only this model is right on {Figures.Count(counts.OnlySecondRight, "image")}, only ML.NET's features on {Figures.Count(counts.OnlyFirstRight)}: a difference of {Points(counts.Difference)} points, 95 % interval {Points(low)} to {Points(high)}.",
            low <= 0 && high >= 0 ? " The interval contains 0: these images do not show which one is better." : "");
    }

    private static PairedCounts Compared(TestResults baseline, TestResults own)
    {
        var right = baseline.Images.Zip(own.Images, (first, second) => (First: first.IsCorrect, Second: second.IsCorrect)).ToLookup(pair => pair);
        return new(right[(true, true)].Count(), right[(true, false)].Count(), right[(false, true)].Count(), right[(false, false)].Count());
    }

    private static IEnumerable<object?> Row(string name, TestResults results)
    {
        var (low, high) = results.Accuracy.Interval;
        return [name, Figures.Percent(results.Accuracy.Value), $"{Figures.Percent(low)} to {Figures.Percent(high)}", Figures.Number(results.LogLoss)];
    }

    private static string Points(double share) => Figures.Number(100 * share, "+0.0;-0.0;0.0");
}
