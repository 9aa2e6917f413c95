using System.Collections.Concurrent;

namespace Rf3d.MLNet.Tests.Images;

[TestClass]
public sealed class DecodeWorkersTests : IDisposable
{
    private readonly DecodeWorkers _workers = new();

    public void Dispose() => _workers.Dispose();

    [TestMethod]
    public void Passes_after_each_other_have_the_same_threads()
    {
        const int Threads = 3, Passes = 20;
        var seen = new ConcurrentDictionary<Thread, bool>();
        for (var pass = 0; pass < Passes; pass++)
        {
            using var all = new Barrier(Threads);
            Task.WaitAll(_workers.Start([.. Enumerable.Repeat<Action>(
                () =>
                {
                    seen[Thread.CurrentThread] = true;
                    all.SignalAndWait();
                },
                Threads)]));
        }
        Assert.HasCount(Threads, seen);
    }

    [TestMethod]
    public void Work_begins_while_other_work_waits_for_it()
    {
        using var gate = new ManualResetEventSlim();
        var waiting = _workers.Start([.. Enumerable.Repeat<Action>(gate.Wait, 8)]);
        Assert.IsTrue(Start(gate.Set).Wait(TimeSpan.FromMinutes(1)));
        Assert.IsTrue(Task.WaitAll(waiting, TimeSpan.FromMinutes(1)));
    }

    [TestMethod]
    public void Work_has_the_context_of_its_caller()
    {
        var local = new AsyncLocal<int>();
        for (var value = 1; value <= 3; value++)
        {
            local.Value = value;
            var seen = 0;
            Assert.IsTrue(Start(() => seen = local.Value).Wait(TimeSpan.FromMinutes(1)));
            Assert.AreEqual(value, seen);
        }
    }

    [TestMethod]
    public void An_error_is_the_end_of_the_work_and_not_of_the_thread()
    {
        var failed = Start(() => throw new FormatException("bad"));
        Assert.ThrowsExactly<FormatException>(failed.GetAwaiter().GetResult);
        Assert.IsTrue(Start(() => { }).Wait(TimeSpan.FromMinutes(1)));
    }

    [TestMethod]
    public void The_threads_end_with_their_owner()
    {
        Thread? thread = null;
        Start(() => thread = Thread.CurrentThread).Wait();
        _workers.Dispose();
        Assert.IsTrue(thread!.Join(TimeSpan.FromMinutes(1)));
        Assert.ThrowsExactly<ObjectDisposedException>(() => Start(() => { }));
    }

    private Task Start(Action action) => _workers.Start([action])[0];
}
