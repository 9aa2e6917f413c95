using System.Globalization;

namespace Rf3d.Benchmarks;

/// <summary>Trains a row of the paper's tables, one at a time.</summary>
internal interface IPaperTrainer
{
    PaperResult Train(PaperTraining training);
}

/// <summary>Runs the trainings of the queue, as long as there is time, and keeps the results in the log.</summary>
internal sealed class PaperRun(PaperTable table, PaperRecipe recipe, PaperLog log, IReadOnlyList<PaperTraining> trainings, TimeSpan limit, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly long _start = clock.GetTimestamp();
    private int _next;
    private bool _isOver;

    /// <param name="trainers">Each takes the next training as soon as it is free.</param>
    /// <returns>The number of trainings that were left for lack of time.</returns>
    /// <exception cref="AggregateException">A training failed, and the trainings that the other trainers had begun have been finished.</exception>
    public int Run(IReadOnlyList<IPaperTrainer> trainers)
    {
        // A single one trains on this thread: how libtorch's memory is kept depends on its being the first of the process.
        if (trainers.Count == 1)
            Work(trainers[0]);
        else
            Task.WaitAll([.. trainers.Select(trainer => Task.Factory.StartNew(() => Work(trainer), default, TaskCreationOptions.LongRunning, TaskScheduler.Default))]);
        return trainings.Count - _next;
    }

    private void Work(IPaperTrainer trainer)
    {
        while (Next() is { } training)
        {
            PaperResult result;
            try
            {
                result = trainer.Train(training);
            }
            catch
            {
                lock (_gate)
                    _isOver = true;
                throw;
            }
            lock (_gate)
                log.Append(result);
            Tell(result);
        }
    }

    private void Tell(PaperResult result)
    {
        var outcome = result.Accuracy is { } accuracy ? FormattableString.Invariant($"{100 * accuracy:0.00} %") : "the loss stopped being a number";
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"table {table.Number}, {result.Training.Row}, seed {result.Training.Seed}: {outcome} in {result.Seconds:0.0} s, {result.ImagesPerSecond:0} images/s, {clock.GetElapsedTime(_start).TotalSeconds:0} s in all"));
    }

    private PaperTraining? Next()
    {
        lock (_gate)
        {
            if (_isOver || _next == trainings.Count)
                return null;
            var training = trainings[_next];
            // Shorter ones that come later are not drawn forward: the log would lose its balance.
            if (limit - clock.GetElapsedTime(_start) < (PaperQueue.Estimate(table, training, recipe, log.Results) ?? TimeSpan.Zero))
            {
                _isOver = true;
                return null;
            }
            _next++;
            return training;
        }
    }
}
