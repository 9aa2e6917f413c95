namespace Rf3d.MLNet.Tests.Training.Threads;

[TestClass]
public class ProcessorTimesTests
{
    // user nice system idle iowait irq softirq steal guest guest_nice, in hundredths of a second.
    private static readonly string[] Stat =
    [
        "cpu  1000 600 300 9000 50 7 13 180 0 0",
        "cpu0 400 200 100 4000 20 3 7 90 0 0",
        "cpu1 600 400 200 5000 30 4 6 90 0 0",
        "intr 99999 1 2 3",
        "cpu2 is no processor here",
    ];

    [TestMethod]
    [DataRow("0-1", 21.0)]
    [DataRow("1", 13.0)]
    [DataRow("7", 0.0)]
    public void Busy_time_is_the_work_and_the_stolen_time_of_the_processors_of_this_process(string processors, double seconds) =>
        Assert.AreEqual(seconds, ProcessorTimes.BusySeconds(Stat, ProcessorSet.Parse(processors)), 1e-9);

    [TestMethod]
    // Two cores, two seconds: this process had 1.4 seconds of 2 when all were busy; it had all that was busy; its own time is known more exactly than that of the system.
    [DataRow(4.0, 2.6, 1.3)]
    [DataRow(2.0, 2.0, 2.0)]
    [DataRow(1.98, 2.0, 2.0)]
    [DataRow(4.0, 0.0, 0.0)]
    public void Free_cores_exclude_the_time_of_other_processes(double busy, double own, double free) =>
        Assert.AreEqual(free, ProcessorTimes.FreeCores(new(100, 50), new(100 + busy, 50 + own), seconds: 2, cores: 2), 1e-9);

    [TestMethod]
    public void This_system_tells()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Inconclusive("Skipped: the number of threads follows the free cores on Linux only.");
        var set = ProcessorSet.OfThisProcess()!;
        Assert.IsNotEmpty(set.Processors);
        Assert.IsInRange(1, set.Processors.Count, set.Cores);
        var before = ProcessorTimes.Now(set.Processors)!.Value;
        Assert.IsGreaterThan(0, before.Own);
        Assert.IsGreaterThanOrEqualTo(before.Busy, ProcessorTimes.Now(set.Processors)!.Value.Busy);
    }

    [TestMethod]
    [DataRow("0-3,8, 10-11\n", new[] { 0, 1, 2, 3, 8, 10, 11 })]
    [DataRow("5", new[] { 5 })]
    [DataRow("", new int[0])]
    public void Lists_of_processors_are_read(string text, int[] expected) => CollectionAssert.AreEquivalent(expected, ProcessorSet.Parse(text).ToArray());

    [TestMethod]
    public void Only_libtorchs_own_number_of_threads_is_adapted()
    {
        var set = new ProcessorSet(Enumerable.Range(0, 8).ToHashSet(), Cores: 4);
        var variable = Environment.GetEnvironmentVariable("OMP_NUM_THREADS");
        try
        {
            Environment.SetEnvironmentVariable("OMP_NUM_THREADS", null);
            Assert.IsTrue(set.IsDefault(4));
            Assert.IsTrue(set.IsDefault(8));
            Assert.IsFalse(set.IsDefault(6));
            Environment.SetEnvironmentVariable("OMP_NUM_THREADS", "4");
            Assert.IsFalse(set.IsDefault(4));
        }
        finally
        {
            Environment.SetEnvironmentVariable("OMP_NUM_THREADS", variable);
        }
    }
}
