namespace Rf3d.MLNet.Tests.Examples;

/// <summary>That the benchmarks run and write what they measured. What they measure is no test's business.</summary>
[TestClass]
public class BenchmarksTests
{
    [TestMethod]
    [DataRow("rpw", "--channels", "64", "--spatial", "4", "--groups", "4", "--batch", "1", "--layout", "nhwc", "--rounds", "1")]
    [DataRow("rpw-onnx", "--channels", "64", "--spatial", "4", "--groups", "4", "--batch", "1", "--rounds", "1")]
    [DataRow("reach", "--channels", "64", "--layers", "4", "--rounds", "1")]
    public void Every_benchmark_writes_its_report(params string[] arguments)
    {
        using var folder = new TempFolder();
        var path = folder["reports", "report.md"];
        var (exitCode, _, error) = ExampleProcess.RunBenchmark([.. arguments, "--output", path]);
        Assert.AreEqual(0, exitCode, error);
        var lines = File.ReadAllLines(path);
        Assert.StartsWith("# ", lines[0]);
        Assert.Contains(line => line.StartsWith("| 64 ", StringComparison.Ordinal) || line.StartsWith("| DW, PW ", StringComparison.Ordinal), lines);
    }
}
