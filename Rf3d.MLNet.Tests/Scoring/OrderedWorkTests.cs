namespace Rf3d.MLNet.Tests.Scoring;

[TestClass]
public sealed class OrderedWorkTests
{
    private const int Items = 40;

    private readonly Lock _lock = new();
    private int _begun;
    private int _running;
    private int _taken;
    private int _most;

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void Results_come_in_the_order_of_the_items_and_few_are_held(int threads)
    {
        var taken = 0;
        var results = new List<int>();
        foreach (var result in OrderedWork.Run(Enumerable.Range(0, Items).Select(item => { taken++; return item; }), threads, Compute, default))
        {
            results.Add(result);
            Assert.IsLessThanOrEqualTo(2 * threads, taken - results.Count + 1);
        }
        CollectionAssert.AreEqual(Enumerable.Range(0, Items).ToArray(), results);
        Assert.IsLessThanOrEqualTo(threads, _most);
    }

    [TestMethod]
    public void Any_number_of_threads_computes_items_at_the_same_time()
    {
        using var both = new CountdownEvent(2);
        // One after the other, the first would wait for the second in vain.
        var met = OrderedWork.Run(Enumerable.Range(0, 2), int.MaxValue, _ => both.Signal() || both.Wait(TimeSpan.FromSeconds(30)), default).ToList();
        CollectionAssert.AreEqual(new[] { true, true }, met);
    }

    /// <summary>The end may come at any of three places: while items are taken, when all are taken, and from an item itself.</summary>
    [TestMethod]
    [DataRow(1)]
    [DataRow(Items / 2)]
    [DataRow(Items - 1)]
    public void Nothing_runs_any_more_when_it_was_cancelled(int at)
    {
        using var cancellation = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() =>
        {
            foreach (var result in OrderedWork.Run(Enumerable.Range(0, Items), 3, Compute, cancellation.Token))
            {
                if (result == at - 1)
                    cancellation.Cancel();
            }
        });
        Assert.AreEqual(0, _running);
    }

    [TestMethod]
    public void Nothing_runs_any_more_when_results_are_no_longer_read()
    {
        Assert.AreEqual(1, OrderedWork.Run(Taken(), 3, Compute, default).Skip(1).First());
        Assert.AreEqual(0, _running);
        Assert.AreEqual(_taken, _begun, "None of the items that were taken begins later.");
        Assert.IsLessThan(Items, _begun);
    }

    [TestMethod]
    public void Nothing_runs_any_more_when_an_item_failed()
    {
        var failure = Assert.ThrowsExactly<InvalidDataException>(() => OrderedWork.Run(Taken(), 3, Fail, default).ToList());
        Assert.AreEqual("item 5", failure.Message);
        Assert.AreEqual(0, _running);
        Assert.AreEqual(_taken - 1, _begun, "None of the items that were taken begins later.");

        int Fail(int item)
        {
            if (item == 5)
                throw new InvalidDataException("item 5");
            return Compute(item);
        }
    }

    private int Compute(int item)
    {
        Interlocked.Increment(ref _begun);
        var running = Interlocked.Increment(ref _running);
        lock (_lock)
            _most = Math.Max(_most, running);
        // Items end in another order than they began.
        Thread.Sleep(item % 3 == 0 ? 9 : 3);
        Interlocked.Decrement(ref _running);
        return item;
    }

    private IEnumerable<int> Taken()
    {
        while (_taken < Items)
            yield return _taken++;
    }
}
