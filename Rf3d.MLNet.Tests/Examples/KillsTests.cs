namespace Rf3d.MLNet.Tests.Examples;

/// <summary>The promise of the checkpoints: whenever the process dies, nothing is lost. The benchmark has the same with 50 kills.</summary>
[TestClass]
[TestCategory("Slow")]
public class KillsTests
{
    [TestMethod]
    public void Trainings_killed_at_twelve_random_moments_end_with_the_weights_of_undisturbed_ones()
    {
        using var folder = new TempFolder();
        var path = folder["kills.md"];
        var (exitCode, output, error) = ExampleProcess.RunBenchmark("kills", "--count", "12", "--epochs", "40", "--output", path);
        Assert.AreEqual(0, exitCode, output + error);
        Assert.Contains("12 kills, 12 resumptions, the same weights", File.ReadAllText(path));
    }
}
