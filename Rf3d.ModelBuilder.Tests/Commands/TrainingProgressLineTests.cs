using Rf3d.MLNet;

namespace Rf3d.ModelBuilder.Tests.Commands;

[TestClass]
public class TrainingProgressLineTests
{
    private static TrainingMetrics Metrics => new()
    {
        Epoch = 2, EpochCount = 4, Batch = 5, BatchCount = 10, Loss = 1.234, Accuracy = 0.5, LearningRate = 0.1, ImagesPerSecond = 532, Elapsed = TimeSpan.FromSeconds(30),
        Remaining = TimeSpan.FromSeconds(33), IsEpochEnd = false,
    };

    [TestMethod]
    [DataRow(160)]
    [DataRow(80)]
    [DataRow(40)]
    public void A_line_that_is_written_over_takes_one_row_of_the_terminal(int width)
    {
        using var output = new StringWriter();
        using var line = new TrainingProgressLine(output, isTerminal: true, width);
        line.Report(Metrics);
        Assert.IsLessThan(width, output.ToString().Trim('\r').Length);
        Assert.Contains("epoch 2/4", output.ToString());
        if (width >= 80)
            Assert.EndsWith("00:00:33 left", output.ToString());
    }

    [TestMethod]
    public void A_file_gets_a_line_an_epoch()
    {
        using var output = new StringWriter();
        using var line = new TrainingProgressLine(output, isTerminal: false, 40);
        line.Report(Metrics);
        Assert.AreEqual("", output.ToString());
        line.Report(Metrics with { Batch = 10, ValidationAccuracy = 0.25, IsEpochEnd = true });
        Assert.AreEqual("[############............] epoch 2/4  loss 1.234  accuracy 50.0 %  validation 25.0 %  532 images/s  00:00:33 left", output.ToString().TrimEnd());
    }
}
