namespace Rf3d.MLNet.Tests.Experiments;

/// <summary>The file that an interrupted experiment resumes from.</summary>
[TestClass]
public class TrialLogTests
{
    private static readonly ExperimentEntry Experiment = new(TrialLog.CurrentVersion, 7, new() { ["MaxModels"] = "3" });
    private static readonly TrialEntry Trial = new("a", 2, false, double.PositiveInfinity, 1.5, 0.5, 0.5, null);

    private static void Write(TempFolder folder, params LogEntry[] entries)
    {
        using var log = TrialLog.Open(folder.Path);
        foreach (var entry in entries)
            log.Append(entry);
    }

    private static List<LogEntry> Read(TempFolder folder)
    {
        using var log = TrialLog.Open(folder.Path);
        return [.. log.All<LogEntry>()];
    }

    [TestMethod]
    public void Entries_come_back()
    {
        using var folder = new TempFolder();
        Write(folder, Experiment, new MeasureEntry("a", 9, 0.1), new RungEntry(0, 2, ["a", "b"]), Trial);
        var entries = Read(folder);
        Assert.AreEqual("3", ((ExperimentEntry)entries[0]).Fingerprint["MaxModels"]);
        Assert.AreEqual(new MeasureEntry("a", 9, 0.1), entries[1]);
        Assert.AreEqual("b", ((RungEntry)entries[2]).Candidates[1]);
        Assert.AreEqual(Trial, entries[3]);
    }

    [TestMethod]
    public void A_line_that_a_killed_process_did_not_finish_is_cut_off()
    {
        using var folder = new TempFolder();
        Write(folder, Experiment, Trial);
        File.AppendAllText(folder[TrialLog.FileName], """{"kind":"trial","candidate":"b","ep""");
        Write(folder, Trial with { Candidate = "c" });
        CollectionAssert.AreEqual(new[] { "a", "c" }, Read(folder).OfType<TrialEntry>().Select(trial => trial.Candidate).ToArray());
    }

    [TestMethod]
    [DataRow("no json")]
    [DataRow("""{"kind":"trial"}""")]
    [DataRow("""{"kind":"unheard of"}""")]
    public void A_damaged_line_is_named(string line)
    {
        using var folder = new TempFolder();
        Write(folder, Experiment);
        File.AppendAllText(folder[TrialLog.FileName], line + "\n");
        Assert.Contains($"Line 2 of '{folder[TrialLog.FileName]}' is damaged", Assert.ThrowsExactly<FormatException>(() => Read(folder)).Message);
    }

    [TestMethod]
    [FieldReport(24)]
    public void A_line_that_is_there_twice_counts_once()
    {
        using var folder = new TempFolder();
        Write(folder, Experiment, new MeasureEntry("a", 9, 0.1), new RungEntry(0, 2, ["a"]), Trial);
        File.AppendAllText(folder[TrialLog.FileName], File.ReadAllText(folder[TrialLog.FileName]));
        Assert.HasCount(4, Read(folder));
    }

    [TestMethod]
    [FieldReport(24)]
    public void A_line_that_contradicts_an_earlier_one_is_named()
    {
        using var folder = new TempFolder();
        Write(folder, Experiment, new MeasureEntry("a", 9, 0.1), new MeasureEntry("a", 9, 0.2));
        var error = Assert.ThrowsExactly<FormatException>(() => Read(folder));
        Assert.Contains($"Line 3 of '{folder[TrialLog.FileName]}'", error.Message);
        Assert.Contains("says something else than an earlier line", error.Message);
        foreach (var entry in new LogEntry[] { Experiment with { Seed = 8 }, new RungEntry(0, 2, ["b"]) })
        {
            using var other = new TempFolder();
            Write(other, Experiment, new RungEntry(0, 2, ["a"]), entry);
            Assert.Contains("Line 3 of", Assert.ThrowsExactly<FormatException>(() => Read(other)).Message);
        }
    }

    [TestMethod]
    public void A_failure_that_is_taken_back_is_gone_with_the_rungs_that_were_chosen_without_the_candidate()
    {
        using var folder = new TempFolder();
        var failure = Trial with { Candidate = "b", Score = null, Error = "It needs too much memory.", MemoryLimit = 1 };
        // In the end the choice is the same as before, and so is its line.
        Write(folder, Experiment, new RungEntry(0, 2, ["a", "b"]), Trial, failure, new RungEntry(1, 2, ["a"]), new RetryEntry("b"), Trial with { Candidate = "b" }, new RungEntry(1, 2, ["a"]));
        using var log = TrialLog.Open(folder.Path);
        CollectionAssert.AreEqual(new[] { "a", "b" }, log.All<TrialEntry>().Select(trial => trial.Candidate).ToArray());
        Assert.IsTrue(log.All<TrialEntry>().All(trial => trial.Error is null));
        CollectionAssert.AreEqual(new[] { 0, 1 }, log.All<RungEntry>().Select(rung => rung.Rung).ToArray());

        log.Append(failure);
        log.Append(new RetryEntry("b"));
        Assert.HasCount(2, log.All<TrialEntry>().ToList());
        Assert.HasCount(2, log.All<RungEntry>().ToList());
    }

    [TestMethod]
    public void Another_file_is_refused()
    {
        using var folder = new TempFolder();
        Write(folder, Trial);
        Assert.Contains("is no log of an experiment", Assert.ThrowsExactly<FormatException>(() => Read(folder)).Message);
    }

    [TestMethod]
    public void A_log_of_a_later_version_is_refused_with_both_versions_before_its_lines_are_read()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder[TrialLog.FileName], """
            {"kind":"experiment","version":2,"whatever":1}
            {"kind":"something of that version"}

            """);
        var message = Assert.ThrowsExactly<FormatException>(() => Read(folder)).Message;
        Assert.Contains("in version 2 of its format, and this library reads version 1", message);
        Assert.Contains("choose another folder", message);
    }

    [TestMethod]
    public void It_is_for_one_experiment_at_a_time()
    {
        using var folder = new TempFolder();
        using var log = TrialLog.Open(folder.Path);
        Assert.Contains("cannot be used", Assert.ThrowsExactly<IOException>(() => TrialLog.Open(folder.Path)).Message);
    }
}
