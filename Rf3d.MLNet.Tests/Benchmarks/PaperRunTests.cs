using Rf3d.Benchmarks;
using static Rf3d.MLNet.Tests.Benchmarks.PaperResults;

namespace Rf3d.MLNet.Tests.Benchmarks;

[TestClass]
public class PaperRunTests
{
    private readonly Clock _clock = new();

    [TestMethod]
    public void Begins_nothing_that_may_not_be_finished_in_time()
    {
        using var folder = new TempFolder();
        // 10 s each: after two, 15 s are left of 35, after three 5.
        Assert.AreEqual(9, Run(folder, TimeSpan.FromSeconds(35), [1, 2], [new Trainer(_clock, 10)]));
        CollectionAssert.AreEqual(new[] { "VGG-11", "Variant-1" }, PaperLog.Read(folder["paper.jsonl"]).Take(2).Select(result => result.Training.Row).ToList());
        Assert.AreEqual(9, Run(folder, TimeSpan.Zero, [1, 2], [new Trainer(_clock, 10)]));
    }

    [TestMethod]
    public void Short_times_add_up()
    {
        using var folder = new TempFolder();
        var left = 12;
        for (var times = 0; left > 0 && times < 12; times++)
            left = Run(folder, TimeSpan.FromSeconds(40), [1, 2], [new Trainer(_clock, 10)]);
        Assert.AreEqual(0, left);
        var trained = PaperLog.Read(folder["paper.jsonl"]).Select(result => result.Training).ToList();
        CollectionAssert.AreEqual(PaperQueue.Of(Table, [], [1, 2], Recipe, []).ToList(), trained);
    }

    [TestMethod]
    public void Several_trainers_share_the_queue()
    {
        using var folder = new TempFolder();
        Assert.AreEqual(0, Run(folder, TimeSpan.MaxValue, [1, 2, 3], [new Trainer(_clock, 0), new Trainer(_clock, 0), new Trainer(_clock, 0)]));
        CollectionAssert.AreEquivalent(
            PaperQueue.Of(Table, [], [1, 2, 3], Recipe, []).ToList(), PaperLog.Read(folder["paper.jsonl"]).Select(result => result.Training).ToList());
    }

    [TestMethod]
    public void A_trainer_that_fails_ends_the_run_and_finished_trainings_are_kept()
    {
        using var folder = new TempFolder();
        var failing = new Trainer(_clock, 0) { Fails = training => training.Row == "Variant-2" };
        Assert.ThrowsExactly<InvalidOperationException>(() => Run(folder, TimeSpan.MaxValue, [1], [failing]));
        Assert.HasCount(2, PaperLog.Read(folder["paper.jsonl"]));
        Assert.ThrowsExactly<AggregateException>(() => Run(folder, TimeSpan.MaxValue, [1], [failing, failing]));
    }

    private int Run(TempFolder folder, TimeSpan limit, int[] seeds, IReadOnlyList<IPaperTrainer> trainers)
    {
        using var log = PaperLog.Open(folder["paper.jsonl"], []);
        return new PaperRun(Table, Recipe, log, PaperQueue.Of(Table, [], seeds, Recipe, log.Results), limit, _clock).Run(trainers);
    }

    private sealed class Trainer(Clock clock, int seconds) : IPaperTrainer
    {
        public Func<PaperTraining, bool> Fails { get; init; } = _ => false;

        public PaperResult Train(PaperTraining training)
        {
            if (Fails(training))
                throw new InvalidOperationException("It fails.");
            clock.Pass(seconds);
            return Of(training.Row, training.Seed, seconds: seconds);
        }
    }

    private sealed class Clock : TimeProvider
    {
        private long _seconds;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Interlocked.Read(ref _seconds);

        public void Pass(int seconds) => Interlocked.Add(ref _seconds, seconds);
    }
}
