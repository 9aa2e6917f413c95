using Rf3d.MLNet;

namespace Rf3d.ModelBuilder.Tests.Reports;

[TestClass]
public class CoverageSectionTests
{
    [TestMethod]
    public void The_table_has_the_thresholds_of_the_curve()
    {
        // A model that is right as often as it says: 0.500 to 0.999.
        var random = new Random(1);
        var images = Enumerable.Range(0, 2000).Select(row => (Confidence: 0.5 + (row / 4000.0), Row: row))
            .Select(image => new ScoredImage(image.Row, 0, random.NextDouble() < image.Confidence ? 0 : 1, image.Confidence, image.Confidence)).ToList();
        var data = ReportFixture.Data(2) with { Results = new(["a", "b"], images) };
        var text = string.Concat(CoverageSection.Render(data).Select(element => element.Value));
        Assert.IsInRange(0.72, 0.78, data.Results.Accuracy.Value);
        var point = data.Results.Coverage.For(0.9)!;
        Assert.IsInRange(0.3, 0.5, point.Coverage);
        Assert.Contains(FormattableString.Invariant($"{point.MinConfidence:0.000}"), text);
        Assert.Contains("--min-confidence", text);
    }

    [TestMethod]
    public void The_section_on_calibration_says_what_was_done_to_the_probabilities()
    {
        var data = ReportFixture.Data();
        var calibration = new ProbabilityCalibration { Temperature = 0.8, Images = 400, LogLossBefore = 1, LogLossAfter = 0.9, CalibrationErrorBefore = 0.1, CalibrationErrorAfter = 0.02 };
        Assert.Contains("a temperature of 0.8", Text(calibration));
        Assert.Contains("no temperature had a lower log loss", Text(calibration with { Temperature = 1 }));
        Assert.DoesNotContain("temperature", Text(null));

        string Text(ProbabilityCalibration? of) => string.Concat(CalibrationSection.Render(data with { History = data.History! with { Calibration = of } }).Select(element => element.Value));
    }
}
