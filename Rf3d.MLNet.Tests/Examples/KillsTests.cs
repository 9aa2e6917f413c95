namespace Rf3d.MLNet.Tests.Examples;

/// <summary>The promise of the checkpoints: whenever the process dies, nothing is lost. The benchmark has the same with 50 kills.</summary>
[TestClass]
public class KillsTests
{
    [TestMethod]
    public void A_training_killed_at_ten_random_moments_ends_with_the_weights_of_an_undisturbed_one()
    {
        using var folder = new TempFolder();
        var path = folder["kills.md"];
        var (exitCode, output, error) = ExampleProcess.RunBenchmark("kills", "--count", "10", "--epochs", "100", "--output", path);
        Assert.AreEqual(0, exitCode, output + error);
        Assert.Contains("10 kills, 10 resumptions, the same weights", File.ReadAllText(path));
    }
}
