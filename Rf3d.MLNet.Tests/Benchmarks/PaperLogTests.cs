using Rf3d.Benchmarks;
using static Rf3d.MLNet.Tests.Benchmarks.PaperResults;

namespace Rf3d.MLNet.Tests.Benchmarks;

[TestClass]
public class PaperLogTests
{
    [TestMethod]
    public void Has_a_line_for_each_training_and_appends_to_an_existing_file()
    {
        using var folder = new TempFolder();
        var path = folder["logs", "paper.jsonl"];
        var (first, second) = (Of("VGG-11", 1, 0.9123), Of("DW+RPW-g2-o33%", 2, accuracy: null));
        using (var log = PaperLog.Open(path, []))
            log.Append(first);
        using (var log = PaperLog.Open(path, []))
        {
            CollectionAssert.AreEqual(new[] { first }, log.Results.ToList());
            log.Append(second);
        }
        CollectionAssert.AreEqual(new[] { first, second }, PaperLog.Read(path).ToList());
        Assert.HasCount(2, File.ReadAllLines(path));
        Assert.Contains("\"row\":\"DW+RPW-g2-o33%\"", File.ReadAllLines(path)[1]);
    }

    [TestMethod]
    public void Reads_logs_of_other_times_and_leaves_them_alone()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["before.jsonl"], Of("VGG-11", 1).ToLine() + "\n" + "{\"training\":");
        var before = File.ReadAllBytes(folder["before.jsonl"]);
        using (var log = PaperLog.Open(folder["now.jsonl"], [folder["before.jsonl"], folder["now.jsonl"]]))
        {
            log.Append(Of("VGG-11", 2));
            CollectionAssert.AreEqual(new[] { 1, 2 }, log.Results.Select(result => result.Training.Seed).ToList());
        }
        CollectionAssert.AreEqual(before, File.ReadAllBytes(folder["before.jsonl"]));
        Assert.HasCount(1, PaperLog.Read(folder["now.jsonl"]));
    }

    [TestMethod]
    public void Cuts_off_the_unfinished_line_of_a_killed_process()
    {
        using var folder = new TempFolder();
        var (path, line) = (folder["paper.jsonl"], Of("VGG-11", 1).ToLine());
        File.WriteAllText(path, $"{line}\n{line[..30]}");
        using (var log = PaperLog.Open(path, []))
        {
            Assert.HasCount(1, log.Results);
            log.Append(Of("VGG-11", 2));
        }
        Assert.HasCount(2, PaperLog.Read(path));
    }

    [TestMethod]
    public void Names_a_line_that_is_damaged()
    {
        using var folder = new TempFolder();
        var path = folder["paper.jsonl"];
        var line = Of("VGG-11", 1).ToLine();
        File.WriteAllText(path, $"{line}\n\n{line.Replace("\"seed\":1", "\"seed\":\"x\"", StringComparison.Ordinal)}\n{line}\n");
        Assert.Contains("Line 3", Assert.ThrowsExactly<FormatException>(() => PaperLog.Open(path, [])).Message);
        // A file that could not be opened is not locked.
        File.WriteAllText(path, "{}\n");
        Assert.Contains("Line 1", Assert.ThrowsExactly<FormatException>(() => PaperLog.Read(path)).Message);
    }

    [TestMethod]
    public void Is_one_process_to_write_to_and_everybodys_to_read()
    {
        using var folder = new TempFolder();
        using var log = PaperLog.Open(folder["paper.jsonl"], []);
        Assert.ThrowsExactly<IOException>(() => PaperLog.Open(folder["paper.jsonl"], []));
        log.Append(Of("VGG-11", 1));
        Assert.HasCount(1, PaperLog.Read(folder["paper.jsonl"]));
    }
}
