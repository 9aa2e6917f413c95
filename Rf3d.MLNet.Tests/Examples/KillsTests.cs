namespace Rf3d.MLNet.Tests.Examples;

/// <summary>The promise of the checkpoints: whenever the process dies, nothing is lost. The benchmarks have the same with 50 and 200 kills.</summary>
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

    [TestMethod]
    public void Commands_killed_at_eight_random_moments_leave_nothing_half_written_and_end_with_the_same_result()
    {
        using var folder = new TempFolder();
        var path = folder["kills.md"];
        var (exitCode, output, error) = ExampleProcess.RunBenchmark("command-kills", "--count", "8", "--output", path);
        Assert.AreEqual(0, exitCode, output + error);
        Assert.Contains("**8 kills, ", File.ReadAllText(path));
        Assert.Contains(" 0 faults.**", File.ReadAllText(path));
    }
}
