using System.Xml.Linq;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;
using Rf3d.MLNet;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>How training went: loss, accuracy and learning rate by epoch.</summary>
internal static class TrainingSection
{
    public static IEnumerable<XElement> Render(ReportData data)
    {
        if (data.History is not { Epochs.IsEmpty: false } history)
        {
            yield return Missing("There are no training curves: the model does not say how its training went.");
            yield break;
        }
        if (history.Pretrained is { } origin)
        {
            yield return P(
                $"The network started from {(origin.Model is null ? "the pretrained weights" : "the saved model")} '{origin.Name}'{(origin.License is null ? "" : $" (licence {origin.License})")}, SHA-256 {origin.Sha256}; ",
                $"{Figures.Count(origin.KeptParameters, "parameter")} come from them. ",
                origin.Adaptation is Adaptation.Probe ? "Its classifier is a logistic regression on their features." : "All weights were fine-tuned.",
                origin.CrossValidatedAccuracy is { } accuracy
                    ? $" In cross-validation the logistic regression classified {Figures.Percent(accuracy)} of the training images (95 % interval {Figures.Percent(origin.CrossValidatedAccuracyInterval?.Low)} to {Figures.Percent(origin.CrossValidatedAccuracyInterval?.High)})."
                    : "");
        }
        foreach (var line in Lineage(history.Pretrained))
            yield return P(line);
        foreach (var part in history.Pretrained?.Adaptation is Adaptation.Probe ? LastLayer(history) : EpochByEpoch(history))
            yield return part;
        foreach (var part in FinalistTable.Render(data))
            yield return part;
    }

    /// <summary>The models that the training continued, the last one first.</summary>
    private static IEnumerable<string> Lineage(PretrainedOrigin? origin)
    {
        for (; origin is { Model: { } model }; origin = model.Pretrained)
        {
            yield return $"'{origin.Name}' had the classes {string.Join(", ", model.Classes)}{(model.TrainingImages is { } images ? $" and was trained on {Figures.Count(images, "image")}" : "")}; "
                + (model.Pretrained is { } before ? $"it started from '{before.Name}', SHA-256 {before.Sha256}." : "it started from random weights.");
        }
    }

    /// <summary>No epochs, and so no curves: each image was seen once.</summary>
    private static IEnumerable<XElement> LastLayer(TrainingHistory history)
    {
        var figures = history.Epochs[^1];
        yield return P(
            $"{Figures.Time(figures.Elapsed)} on {history.Device}; {Figures.Count(history.TrainingImages, "training image")}, {Figures.Count(history.ValidationImages, "validation image")}, seed {history.Seed}. ",
            history.StopReason is TrainingStopReason.Cancelled ? "Fine-tuning was stopped before it was complete, and the classifier on the features was kept. " : "",
            $"Loss {Figures.Number(figures.Loss, "0.0000")} and accuracy {Figures.Percent(figures.Accuracy)} on the images that the classifier learned from",
            figures.ValidationLoss is null ? "." : $", {Figures.Number(figures.ValidationLoss, "0.0000")} and {Figures.Percent(figures.ValidationAccuracy)} on the validation images.{(history.Pretrained is { LearnedValidationImages: true } ? " The classifier then learned from these, too." : "")}");
    }

    private static IEnumerable<XElement> EpochByEpoch(TrainingHistory history)
    {
        var epochs = history.Epochs;
        var hasValidation = epochs.Any(epoch => epoch.ValidationLoss is not null);
        yield return P(
            $"{Ending(history.StopReason)} after {Figures.Count(epochs.Length, "epoch")} and {Figures.Time(epochs[^1].Elapsed)} on {history.Device}; ",
            $"{Figures.Count(history.TrainingImages, "training image")}, {Figures.Count(history.ValidationImages, "validation image")}, seed {history.Seed}. ",
            $"The model has the weights of epoch {history.BestEpoch}{(hasValidation ? ", the best by validation" : "")}.");
        yield return E("div", Class("charts"),
            Curves(history, "Loss by epoch", "0.##", epoch => epoch.Loss, epoch => epoch.ValidationLoss, hasValidation, "Loss. Training counts augmented images, with label smoothing where it is on"),
            Curves(history, "Accuracy by epoch, in percent", "0", epoch => 100 * epoch.Accuracy, epoch => 100 * epoch.ValidationAccuracy, hasValidation, "Accuracy in percent"),
            Curves(history, "Learning rate of the last batch by epoch", "0.#####", epoch => epoch.LearningRate, _ => null, false, "Learning rate of each epoch's last batch", startsAtZero: true));
        yield return E("details", E("summary", "The figures"), HtmlTable.Of(
            "Training, epoch by epoch",
            [("Epoch", true), ("Loss", true), ("Accuracy", true), ("Validation loss", true), ("Validation accuracy", true), ("Learning rate", true), ("Images/s", true)],
            epochs.Select(epoch => (IEnumerable<object?>)
            [
                Figures.Count(epoch.Epoch), Figures.Number(epoch.Loss, "0.0000"), Figures.Percent(epoch.Accuracy), Figures.Number(epoch.ValidationLoss, "0.0000"),
                Figures.Percent(epoch.ValidationAccuracy), Figures.Number(epoch.LearningRate, "0.00000"), Figures.Number(epoch.ImagesPerSecond, "#,0"),
            ])));
    }

    private static string Ending(TrainingStopReason end) => end switch
    {
        TrainingStopReason.Completed => "Complete",
        TrainingStopReason.EarlyStopping => "Stopped early",
        TrainingStopReason.Cancelled => "Cancelled",
        TrainingStopReason.NonFiniteLoss => "Stopped by an infinite loss",
        _ => "Ended",
    };

    private static XElement Curves(
        TrainingHistory history, string name, string format, Func<TrainingMetrics, double> training, Func<TrainingMetrics, double?> validation, bool hasValidation, string caption, bool startsAtZero = false)
    {
        var model = Chart.Empty();
        var epochs = Chart.Axis(AxisPosition.Bottom, "epoch", "0");
        epochs.MinimumMajorStep = 1;
        (epochs.Minimum, epochs.Maximum) = (Math.Min(1, history.Epochs.Length - 1), history.Epochs.Length + (history.Epochs.Length == 1 ? 1 : 0.02 * history.Epochs.Length));
        model.Axes.Add(epochs);
        var values = Chart.Axis(AxisPosition.Left, "", format);
        // How far a loss is from 0 does not matter; how far a learning rate is does.
        values.Minimum = startsAtZero ? 0 : double.NaN;
        model.Axes.Add(values);
        if (hasValidation)
            model.Annotations.Add(new LineAnnotation { Type = LineAnnotationType.Vertical, X = history.BestEpoch, Color = Chart.Ink, StrokeThickness = 1, LineStyle = LineStyle.Dash });
        Add(Chart.First, metrics => training(metrics));
        if (hasValidation)
            Add(Chart.Second, validation);
        return Chart.Figure(model, $"{name}.", hasValidation
            ? [caption, ". ", Chart.Key("training", 1), " ", Chart.Key("validation", 2), $" The dashed line is epoch {history.BestEpoch}, whose weights were kept."]
            : [caption, "."]);

        void Add(OxyColor colour, Func<TrainingMetrics, double?> value)
        {
            var series = new LineSeries { Color = colour, StrokeThickness = 2, MarkerType = history.Epochs.Length <= 12 ? MarkerType.Circle : MarkerType.None, MarkerFill = colour, MarkerSize = 3 };
            foreach (var metrics in history.Epochs)
            {
                if (value(metrics) is { } number && double.IsFinite(number))
                    series.Points.Add(new(metrics.Epoch, number));
            }
            model.Series.Add(series);
        }
    }
}
