using Microsoft.Extensions.Logging;
using Rf3d.MLNet.Tests.Scoring;

namespace Rf3d.MLNet.Tests.Serving;

/// <summary>A predictor loads its file again when it changes, and predicts meanwhile.</summary>
[TestClass]
public sealed class Rf3dPredictorTests : PredictorTests
{
    [TestMethod]
    public void A_changed_file_is_loaded_once_it_no_longer_changes()
    {
        using var predictor = Create();
        var reloads = new List<string>();
        predictor.Reloaded += (_, reloaded) => reloads.Add(reloaded.Path);
        AssertScores(predictor, SavedModels.First);
        Clock.Tick();
        Clock.Tick();
        Assert.IsEmpty(reloads, "Nothing has changed.");

        Replace(SavedModels.Second);
        Clock.Tick();
        Assert.IsEmpty(reloads, "It may still be written.");
        Clock.Tick();
        CollectionAssert.AreEqual(new[] { ModelPath }, reloads);
        AssertScores(predictor, SavedModels.Second);
        Clock.Tick();
        Clock.Tick();
        Assert.HasCount(1, reloads);
    }

    [TestMethod]
    public void Predictions_that_have_begun_end_on_the_old_model_which_is_then_disposed()
    {
        using var predictor = Create();
        using var predictions = predictor.Predict(Files, new() { BatchSize = 1, MaxDegreeOfParallelism = 1 }).GetEnumerator();
        List<ImagePrediction> scored = [Next()];
        var old = predictor.Use(model => model);

        Replace(SavedModels.Second);
        Clock.Tick();
        Clock.Tick();
        AssertScores(predictor, SavedModels.Second);
        while (scored.Count < Files.Length)
            scored.Add(Next());
        SavedModels.AssertSameScores(SavedModels.ScoresOfMLNet(SavedModels.First, Files), scored);
        Assert.IsNull(old.Predict(Files[0]).Error);
        Assert.IsFalse(predictions.MoveNext());
        Assert.ThrowsExactly<ObjectDisposedException>(() => old.Predict(Files[0]));

        ImagePrediction Next()
        {
            Assert.IsTrue(predictions.MoveNext());
            return predictions.Current;
        }
    }

    [TestMethod]
    public void Eight_threads_predict_while_the_model_changes()
    {
        using var predictor = Create();
        var first = SavedModels.ScoresOfMLNet(SavedModels.First, Files);
        var second = SavedModels.ScoresOfMLNet(SavedModels.Second, Files);
        var errors = new System.Collections.Concurrent.ConcurrentBag<Exception>();
        using var stop = new CancellationTokenSource();
        var threads = Enumerable.Range(0, 8).Select(number => new Thread(() => Predict(number))).ToArray();
        foreach (var thread in threads)
            thread.Start();
        for (var i = 0; i < 6; i++)
        {
            Replace(i % 2 == 0 ? SavedModels.Second : SavedModels.First, i);
            Clock.Tick();
            Clock.Tick();
        }
        stop.Cancel();
        foreach (var thread in threads)
            thread.Join();
        Assert.IsEmpty(errors);
        AssertScores(predictor, SavedModels.First);

        void Predict(int number)
        {
            try
            {
                while (!stop.IsCancellationRequested)
                {
                    if (number % 2 == 0)
                        AssertEither(number, predictor.Predict(Files[number]));
                    else
                        AssertEither(0, predictor.Predict(Files.Take(3)).First());
                }
            }
            catch (Exception error)
            {
                errors.Add(error);
            }
        }

        void AssertEither(int file, ImagePrediction prediction) =>
            Assert.IsLessThan(1e-5f, new[] { first[file], second[file] }.Min(expected => expected.Zip(prediction.Scores, (one, two) => Math.Abs(one - two)).Max()));
    }

    [TestMethod]
    public void A_predictor_that_does_not_watch_has_no_timer_and_a_disposed_one_neither()
    {
        using (new Rf3dPredictor(new Rf3dPredictorOptions { Path = ModelPath, WatchForChanges = false, TimeProvider = Clock }))
            Assert.AreEqual(0, Clock.TimerCount);
        var predictor = Create();
        Assert.AreEqual(1, Clock.TimerCount);
        var model = predictor.Use(model => model);
        predictor.Dispose();
        predictor.Dispose();
        Assert.AreEqual(0, Clock.TimerCount);
        Assert.ThrowsExactly<ObjectDisposedException>(() => predictor.Predict(Files[0]));
        Assert.ThrowsExactly<ObjectDisposedException>(() => model.Predict(Files[0]));
    }

    [TestMethod]
    public void An_exception_of_a_handler_does_not_end_the_watching()
    {
        var log = new ListLogger();
        using var predictor = Create(log);
        predictor.Reloaded += (_, _) => throw new InvalidOperationException("A handler.");
        Replace(SavedModels.Second);
        Clock.Tick();
        Clock.Tick();
        Assert.AreEqual(LogLevel.Error, log.Entries[^1].Level);
        AssertScores(predictor, SavedModels.Second);
    }
}
