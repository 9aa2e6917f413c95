using System.Collections.Concurrent;

namespace Rf3d.MLNet.Tests.Training;

[TestClass]
public class ReadingThreadsTests
{
    [TestMethod]
    public void Passes_after_each_other_have_the_same_threads()
    {
        const int Threads = 3, Passes = 20;
        var seen = new ConcurrentDictionary<int, bool>();
        for (var pass = 0; pass < Passes; pass++)
        {
            using var all = new Barrier(Threads);
            Task.WaitAll(Enumerable.Range(0, Threads).Select(_ => ReadingThreads.Start(() =>
            {
                seen[Environment.CurrentManagedThreadId] = true;
                all.SignalAndWait();
            })));
        }
        // Trainings of other tests, at the same time, may take one and leave another.
        Assert.IsLessThan(Threads * Passes / 2, seen.Count);
        Assert.IsGreaterThanOrEqualTo(Threads, seen.Count);
    }

    [TestMethod]
    public void Work_begins_while_other_work_waits_for_it()
    {
        using var gate = new ManualResetEventSlim();
        var waiting = Enumerable.Range(0, 8).Select(_ => ReadingThreads.Start(gate.Wait)).ToArray();
        Assert.IsTrue(ReadingThreads.Start(gate.Set).Wait(TimeSpan.FromMinutes(1)));
        Assert.IsTrue(Task.WaitAll(waiting, TimeSpan.FromMinutes(1)));
    }

    [TestMethod]
    public void An_error_is_the_end_of_the_work_and_not_of_the_thread()
    {
        var failed = ReadingThreads.Start(() => throw new FormatException("bad"));
        Assert.ThrowsExactly<FormatException>(failed.GetAwaiter().GetResult);
        Assert.IsTrue(ReadingThreads.Start(() => { }).Wait(TimeSpan.FromMinutes(1)));
    }
}
