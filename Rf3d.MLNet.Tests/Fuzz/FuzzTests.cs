using Rf3d.MLNet.Tests.Examples;

namespace Rf3d.MLNet.Tests.Fuzz;

/// <summary>The short form of <c>fuzz</c>, whose report has the long one.</summary>
[TestClass]
public sealed class FuzzTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void Damaged_files_of_every_kind_are_read_rightly_or_refused_by_name()
    {
        var (exitCode, output, error) = Run("all", "--count", "50", "--seed", "11");
        Assert.AreEqual(0, exitCode, output + error);
        foreach (var kind in new[] { "images", "models", "onnx", "safetensors", "cifar", "caches", "checkpoints", "predict" })
            Assert.Contains($"| {kind} | 11 | 50 |", File.ReadAllText(_folder["fuzz.md"]));
        Assert.IsFalse(Directory.Exists(_folder["findings"]));
    }

    [TestMethod]
    public void Crashes_hangs_and_too_much_memory_are_found_at_their_inputs()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Inconclusive("The peak of memory is measured on Linux alone.");
        var (exitCode, output, error) = Run("faults", "--count", "12", "--seed", "1", "--limit", "6");
        Assert.AreEqual(1, exitCode, output + error);
        (int Index, string What)[] expected =
            [(2, "The process ended: exit code"), (4, "No end within 6 s, twice"), (6, "More than 1 GB of memory"), (8, "An error that is not documented. System.InvalidOperationException"), (10, "The error does not name the file. FormatException")];
        foreach (var (index, what) in expected)
        {
            Assert.Contains($"faults {index} (nothing.bin): {what}", output);
            Assert.IsTrue(File.Exists(_folder["findings", $"faults-1-{index}-nothing.bin"]));
        }
        Assert.Contains("faults: 12 inputs, 7 read, 0 refused, 5 failures", output);
    }

    [TestMethod]
    public void Parts_of_a_run_are_joined()
    {
        foreach (var from in new[] { "22", "20", "30" })
            Assert.AreEqual(0, Run("faults", "--count", "2", "--seed", "1", "--from", from).ExitCode);
        var lines = File.ReadAllLines(_folder["fuzz.md"]);
        Assert.Contains(line => line.StartsWith("| faults | 1 | 4 from 20 | 4 | 0 | 0 |", StringComparison.Ordinal), lines);
        Assert.Contains(line => line.StartsWith("| faults | 1 | 2 from 30 | 2 | 0 | 0 |", StringComparison.Ordinal), lines);
        Assert.Contains("- read, nothing: 6", lines);
    }

    private (int ExitCode, string Output, string Error) Run(params string[] arguments) =>
        ExampleProcess.RunFuzz([.. arguments, "--output", _folder["fuzz.md"], "--findings", _folder["findings"]]);
}
