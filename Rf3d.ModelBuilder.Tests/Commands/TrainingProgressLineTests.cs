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
    public void A_pretrained_network_computes_features_and_learns_its_last_layer()
    {
        using var output = new StringWriter();
        using var line = new TrainingProgressLine(output, isTerminal: false, 40);
        var features = Metrics with { Phase = TrainingPhase.Features, Epoch = 1, EpochCount = 1, Loss = double.NaN, Accuracy = double.NaN };
        line.Report(features);
        Assert.AreEqual("", output.ToString());
        line.Report(features with { Batch = 10, Remaining = TimeSpan.Zero });
        line.Report(Metrics with { Phase = TrainingPhase.LastLayer, Epoch = 1, EpochCount = 1, Batch = 1, BatchCount = 1, ValidationAccuracy = 0.25, IsEpochEnd = true });
        CollectionAssert.AreEqual(
            new[] { "[########################] features  532 images/s  00:00:00 left", "[########################] last layer  loss 1.234  accuracy 50.0 %  validation 25.0 %" },
            output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
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
