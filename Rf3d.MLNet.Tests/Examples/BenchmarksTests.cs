using Rf3d.MLNet.Tests.Datasets;

namespace Rf3d.MLNet.Tests.Examples;

/// <summary>The benchmarks run and write their measurements. No test checks the measured values.</summary>
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

    [TestMethod]
    public void The_papers_tables_are_trained_row_by_row_and_gone_on_with_from_the_log()
    {
        using var folder = new TempFolder();
        foreach (var part in new[] { "train", "test" })
        {
            foreach (var name in new[] { "a", "b" })
            {
                for (byte i = 0; i < 4; i++)
                    ImageFolderFixture.Image(folder["images", part, name, $"{i}.png"], (byte)(60 * i), 32, 32);
            }
        }
        var trained = new[] { 1, 2, 0 };
        foreach (var (seeds, i) in new[] { (string[])["1"], ["1", "2", "3"], ["1", "2", "3"] }.Select((seeds, i) => (seeds, i)))
        {
            // Two of them at once, where there are two.
            var (exitCode, output, error) = ExampleProcess.RunBenchmark(
            [
                "paper", "--table", "2", "--rows", "VGG-11", "--data", folder["images"], "--device", "cpu", "--images", "6", "--epochs", "1", "--batch", "3", "--seeds", .. seeds,
                "--parallel", i == 1 ? "2" : "1", "--log", folder["paper.jsonl"], "--output", folder["report.md"],
            ]);
            Assert.AreEqual(0, exitCode, error);
            Assert.Contains($"{trained[i]} trainings to do", output);
            Assert.HasCount(seeds.Length, File.ReadAllLines(folder["paper.jsonl"]));
            Assert.Contains($" | {seeds.Length} | 92.68 | ", File.ReadAllText(folder["report.md"]));
        }
    }
}
