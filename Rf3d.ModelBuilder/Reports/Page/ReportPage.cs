namespace Rf3d.ModelBuilder;

/// <summary>
/// The report as one HTML page (<see cref="PageFrame"/>).
/// </summary>
internal static class ReportPage
{
    /// <summary>The sections, in the order of the page. Each has a text, even if only that something is not known.</summary>
    public static IReadOnlyList<PageSection<ReportData>> Sections { get; } =
    [
        new("network", "The network", NetworkSection.Render),
        new("plan", "What was changed, and why", PlanSection.Render),
        new("cost", "Cost", CostSection.Render),
        new("training", "Training", TrainingSection.Render),
        new("classes", "Class by class", ClassesSection.Render),
        new("confusion", "Confusion matrix", ConfusionSection.Render),
        new("mistakes", "Mistakes", MistakesSection.Render),
        new("calibration", "Calibration", CalibrationSection.Render),
        new("baseline", "Beside ML.NET's pretrained features", BaselineSection.Render),
        new("coverage", "Answers and accuracy", CoverageSection.Render),
        new("activations", "Where the network looked", ActivationSection.Render),
        new("data", "The data set", DataSection.Render),
    ];

    public static string Write(ReportData data) => new PageFrame("Image classifier", data.Title, "report", data.Created).Write(data, SummarySection.Render(data), Sections);
}
