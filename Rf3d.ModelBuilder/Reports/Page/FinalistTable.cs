using System.Xml.Linq;
using Rf3d.MLNet;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>The finalists of the experiment beside the best one, image by image.</summary>
internal static class FinalistTable
{
    public static IEnumerable<XElement> Render(ReportData data)
    {
        if (data.Finalists.IsEmpty)
            yield break;
        var images = data.Finalists[0].ComparedWithBest!.Images;
        yield return E("h3", "Beside the other finalists");
        yield return P(
            $"The experiment trained {Figures.Count(data.Finalists.Length + 1, "candidate")} to the end and compared them on {Figures.Count(images, "validation image")}. ",
            "Only the images on which one of two is right and the other wrong tell them apart. Where the interval of the difference contains 0, these images do not show which one is better.");
        yield return HtmlTable.Of(
            "Each finalist beside this model, on the validation images",
            [("Candidate", false), ("Only this model right", true), ("Only it right", true), ("Difference", true), ("95 % interval", true), ("McNemar's p", true), ("", false)],
            data.Finalists.OrderByDescending(candidate => candidate.ComparedWithBest!.AccuracyDifference).Select(Row));
        yield return Note("Differences are those of the accuracies, in percentage points, below 0 where this model is better. The same images chose this model among the finalists: its accuracy is therefore a little too high.");
    }

    private static IEnumerable<object?> Row(Rf3dCandidate candidate)
    {
        var comparison = candidate.ComparedWithBest!;
        return
        [
            candidate.Name,
            Figures.Count(comparison.OnlyBestRight),
            Figures.Count(comparison.OnlyCandidateRight),
            Points(comparison.AccuracyDifference),
            $"{Points(comparison.AccuracyDifferenceInterval.Low)} to {Points(comparison.AccuracyDifferenceInterval.High)}",
            comparison.PValue < 0.0001 ? "< 0.0001" : Figures.Number(comparison.PValue, "0.0000"),
            comparison.IsDistinguishable ? "" : "not distinguishable",
        ];
    }

    private static string Points(double share) => Figures.Number(100 * share, "+0.00;-0.00;0.00");
}
