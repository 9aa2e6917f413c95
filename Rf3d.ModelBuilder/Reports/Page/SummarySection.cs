using System.Xml.Linq;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>A description of the model and its accuracy, in a sentence and a few figures.</summary>
internal static class SummarySection
{
    public static IEnumerable<XElement> Render(ReportData data)
    {
        var results = data.Results;
        var (low, high) = results.Accuracy.Interval;
        yield return E("p", Class("lead"),
            $"A convolutional network of {Figures.Count(data.Plan.OptimizedCost.Parameters)} parameters, planned from {data.Plan.Original.Name}, tells ",
            $"{Figures.Count(results.Classes.Length)} classes apart and is right on ",
            E("strong", Figures.Percent(results.Accuracy.Value)),
            $" of {Figures.Count(results.Images.Length, $"{data.TestName} image")}. Always answering with the largest class would be right on {Figures.Percent(results.LargestClassShare)}",
            low > results.LargestClassShare ? "." : ": so many images do not show that the model is better than that.");
        if (data.TestName == ReportRequest.ValidationPart)
        {
            var known = ValidationChoice.MayBeKnown(data.History) ? "The model that was continued may have learned from some of the validation images." : null;
            yield return Note(ValidationChoice.Of(data.History, data.IsBestOfCandidates) is { } chosen
                ? $"Validation images chose {chosen}. The accuracy is therefore a little too high; on images that had no part in the training it would not be. {known}".TrimEnd()
                : known ?? "Training has not seen the validation images.");
        }
        yield return E("dl", Class("tiles"),
            Tile("Accuracy", Figures.Percent(results.Accuracy.Value), $"95 % interval {Figures.Percent(low)} to {Figures.Percent(high)}"),
            Tile("Mean F1 of the classes", Figures.Number(results.MacroF1), Weakest(results)),
            Tile("Log loss", Figures.Number(results.LogLoss), $"{Figures.Number(Math.Log(results.Classes.Length))} for uniform guessing"),
            Tile("Calibration error", Figures.Percent(results.Calibration.ExpectedError), "0 % would be as sure as it is right"),
            Tile("Million MACs per image", Figures.Macs(data.Plan.OptimizedCost.Macs), $"{Figures.Macs(data.Plan.OriginalCost.Macs)} before planning"),
            data.History is { } history ? Tile("Trained", history.Pretrained?.Adaptation is Rf3d.MLNet.Adaptation.Probe ? "last layer" : Figures.Count(history.Epochs.Length, "epoch"), $"on {Figures.Count(history.TrainingImages, "image")}, {(history.Device == "cpu" ? "CPU" : history.Device)}") : null);
    }

    private static string Weakest(TestResults results) =>
        results.ByClass.Where(result => result.F1 is not null).MinBy(result => result.F1) is { } weakest ? $"weakest: {weakest.Name}, {Figures.Number(weakest.F1)}" : "";

    private static XElement Tile(string name, string value, string note) => E("div", E("dt", name), E("dd", Class("value"), value), E("dd", Class("note"), note));
}
