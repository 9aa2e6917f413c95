using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.ML;
using Rf3d.MLNet.Tests.Scoring;

namespace Rf3d.MLNet.Tests.Serving;

[TestClass]
public sealed class Rf3dPredictorTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ManualClock _clock = new();
    private readonly string[] _files;
    private readonly string _path;

    public Rf3dPredictorTests()
    {
        _path = SavedModels.Write(_folder["model.zip"]);
        _files = SavedModels.Images(_folder, 12);
    }

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void A_changed_file_is_loaded_once_it_no_longer_changes()
    {
        using var predictor = Create();
        var reloads = new List<string>();
        predictor.Reloaded += (_, reloaded) => reloads.Add(reloaded.Path);
        AssertScores(predictor, SavedModels.First);
        _clock.Tick();
        _clock.Tick();
        Assert.IsEmpty(reloads, "Nothing has changed.");

        Replace(SavedModels.Second);
        _clock.Tick();
        Assert.IsEmpty(reloads, "It may still be written.");
        _clock.Tick();
        CollectionAssert.AreEqual(new[] { _path }, reloads);
        AssertScores(predictor, SavedModels.Second);
        _clock.Tick();
        _clock.Tick();
        Assert.HasCount(1, reloads);
    }

    [TestMethod]
    public void A_damaged_or_missing_file_keeps_the_model_that_there_is()
    {
        var log = new ListLogger();
        using var predictor = Create(log);
        var failures = new List<Exception>();
        predictor.ReloadFailed += (_, failed) => failures.Add(failed.Error);
        Replace(SavedModels.Second[..^100]);
        for (var i = 0; i < 5; i++)
            _clock.Tick();
        Assert.HasCount(1, failures, "What is damaged is not tried again before it changes.");
        Assert.IsInstanceOfType<InvalidDataException>(failures[0]);
        Assert.AreEqual((LogLevel.Warning, true), (log.Entries[0].Level, log.Entries[0].Text.Contains(_path, StringComparison.Ordinal)));
        AssertScores(predictor, SavedModels.First);

        File.Delete(_path);
        _clock.Tick();
        Assert.HasCount(1, failures, "It may be replaced at this moment.");
        for (var i = 0; i < 3; i++)
            _clock.Tick();
        Assert.HasCount(2, failures);
        Assert.AreEqual(_path, (failures[1] as FileNotFoundException)?.FileName);
        Assert.AreEqual((LogLevel.Warning, 2), (log.Entries[^1].Level, log.Entries.Count));
        AssertScores(predictor, SavedModels.First);

        Replace(SavedModels.Second);
        _clock.Tick();
        _clock.Tick();
        AssertScores(predictor, SavedModels.Second);
        Assert.AreEqual(LogLevel.Information, log.Entries[^1].Level);
    }

    [TestMethod]
    public void An_error_that_may_pass_is_reported_once_and_tried_again_after_longer_and_longer_pauses()
    {
        var log = new ListLogger();
        using var predictor = Create(log);
        var (failures, reloads) = (new List<Exception>(), 0);
        predictor.ReloadFailed += (_, failed) => failures.Add(failed.Error);
        predictor.Reloaded += (_, _) => reloads++;
        Replace(SavedModels.Second);
        // Nothing else can open the file meanwhile.
        using (new FileStream(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            for (var i = 0; i < 20; i++)
                _clock.Tick();
            Assert.IsInstanceOfType<IOException>(failures.Single());
            Assert.Contains(_path, failures[0].Message);
            Assert.HasCount(1, log.Entries);
            AssertScores(predictor, SavedModels.First);
        }
        // Tried at the checks 2, 3, 5, 9 and 17; the next one is 33.
        for (var i = 0; i < 12; i++)
            _clock.Tick();
        Assert.AreEqual(0, reloads);
        _clock.Tick();
        Assert.AreEqual((1, 1), (reloads, failures.Count));
        AssertScores(predictor, SavedModels.Second);
    }

    [TestMethod]
    public void An_error_that_stays_after_one_that_passed_is_reported_too()
    {
        using var predictor = Create(new ListLogger());
        var failures = new List<Exception>();
        predictor.ReloadFailed += (_, failed) => failures.Add(failed.Error);
        // No model, and nothing else can open it at first.
        File.WriteAllText(_path, "no model");
        using (new FileStream(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            for (var i = 0; i < 3; i++)
                _clock.Tick();
            Assert.IsInstanceOfType<IOException>(failures.Single());
        }
        for (var i = 0; i < 20; i++)
            _clock.Tick();
        Assert.HasCount(2, failures);
        Assert.IsNotInstanceOfType<IOException>(failures[1]);
        AssertScores(predictor, SavedModels.First);
    }

    [TestMethod]
    public void A_model_that_loads_and_cannot_predict_is_not_taken()
    {
        using var content = new MemoryStream();
        content.Write(SavedModels.Second);
        // ML.NET runs the network; its last layer cannot be added.
        var network = OnnxWeights.Parse(SavedModelFile.OwnNetwork(content)!.Value.Network)!;
        network.Graph.Initializer.Single(tensor => tensor.Name == "features.shape").Name = "shape";
        foreach (var node in network.Graph.Node.Where(node => node.Input.Contains("features.shape")))
            node.Input[node.Input.IndexOf("features.shape")] = "shape";
        SavedModelFile.ReplaceNetwork(content, network.ToByteArray());

        using var predictor = Create();
        var failures = new List<Exception>();
        predictor.ReloadFailed += (_, failed) => failures.Add(failed.Error);
        Replace(content.ToArray());
        for (var i = 0; i < 5; i++)
            _clock.Tick();
        Assert.IsInstanceOfType<FormatException>(failures.Single());
        AssertScores(predictor, SavedModels.First);
        Assert.ThrowsExactly<FormatException>(() => Create());
    }

    [TestMethod]
    public void A_model_that_the_callback_refuses_is_not_taken()
    {
        var isRefused = false;
        var options = new Rf3dPredictorOptions
        {
            Path = _path,
            TimeProvider = _clock,
            LoadCallback = model =>
            {
                if (isRefused)
                    throw new InvalidOperationException($"{model.Classes.Length} classes.");
            },
        };
        using var predictor = new Rf3dPredictor(options);
        var failures = new List<Exception>();
        predictor.ReloadFailed += (_, failed) => failures.Add(failed.Error);
        isRefused = true;
        Replace(SavedModels.Second);
        for (var i = 0; i < 5; i++)
            _clock.Tick();
        Assert.IsInstanceOfType<InvalidOperationException>(failures.Single());
        AssertScores(predictor, SavedModels.First);
        Assert.ThrowsExactly<InvalidOperationException>(() => new Rf3dPredictor(options));

        isRefused = false;
        Replace(SavedModels.Second, minutes: 1);
        for (var i = 0; i < 2; i++)
            _clock.Tick();
        AssertScores(predictor, SavedModels.Second);
    }

    [TestMethod]
    public void Predictions_that_have_begun_end_on_the_old_model_which_is_then_disposed()
    {
        using var predictor = Create();
        using var predictions = predictor.Predict(_files, new() { BatchSize = 1, MaxDegreeOfParallelism = 1 }).GetEnumerator();
        List<ImagePrediction> scored = [Next()];
        var old = predictor.Use(model => model);

        Replace(SavedModels.Second);
        _clock.Tick();
        _clock.Tick();
        AssertScores(predictor, SavedModels.Second);
        while (scored.Count < _files.Length)
            scored.Add(Next());
        SavedModels.AssertSameScores(SavedModels.ScoresOfMLNet(SavedModels.First, _files), scored);
        Assert.IsNull(old.Predict(_files[0]).Error);
        Assert.IsFalse(predictions.MoveNext());
        Assert.ThrowsExactly<ObjectDisposedException>(() => old.Predict(_files[0]));

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
        var first = SavedModels.ScoresOfMLNet(SavedModels.First, _files);
        var second = SavedModels.ScoresOfMLNet(SavedModels.Second, _files);
        var errors = new System.Collections.Concurrent.ConcurrentBag<Exception>();
        using var stop = new CancellationTokenSource();
        var threads = Enumerable.Range(0, 8).Select(number => new Thread(() => Predict(number))).ToArray();
        foreach (var thread in threads)
            thread.Start();
        for (var i = 0; i < 6; i++)
        {
            Replace(i % 2 == 0 ? SavedModels.Second : SavedModels.First, i);
            _clock.Tick();
            _clock.Tick();
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
                        AssertEither(number, predictor.Predict(_files[number]));
                    else
                        AssertEither(0, predictor.Predict(_files.Take(3)).First());
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
        using (new Rf3dPredictor(new Rf3dPredictorOptions { Path = _path, WatchForChanges = false, TimeProvider = _clock }))
            Assert.AreEqual(0, _clock.TimerCount);
        var predictor = Create();
        Assert.AreEqual(1, _clock.TimerCount);
        var model = predictor.Use(model => model);
        predictor.Dispose();
        predictor.Dispose();
        Assert.AreEqual(0, _clock.TimerCount);
        Assert.ThrowsExactly<ObjectDisposedException>(() => predictor.Predict(_files[0]));
        Assert.ThrowsExactly<ObjectDisposedException>(() => model.Predict(_files[0]));
    }

    [TestMethod]
    public void An_exception_of_a_handler_does_not_end_the_watching()
    {
        var log = new ListLogger();
        using var predictor = Create(log);
        predictor.Reloaded += (_, _) => throw new InvalidOperationException("A handler.");
        Replace(SavedModels.Second);
        _clock.Tick();
        _clock.Tick();
        Assert.AreEqual(LogLevel.Error, log.Entries[^1].Level);
        AssertScores(predictor, SavedModels.Second);
    }

    [TestMethod]
    public void A_service_is_a_singleton_that_the_container_disposes()
    {
        var log = new ListLogger();
        var services = new ServiceCollection().AddSingleton<ILogger<Rf3dPredictor>>(log).AddRf3dClassifier(options =>
        {
            options.Path = _path;
            options.TimeProvider = _clock;
        });
        Rf3dPredictor predictor;
        using (var provider = services.BuildServiceProvider())
        {
            Assert.AreEqual(0, _clock.TimerCount, "The model is loaded when it is first asked for.");
            predictor = provider.GetRequiredService<Rf3dPredictor>();
            Assert.AreSame(predictor, provider.GetRequiredService<Rf3dPredictor>());
            AssertScores(predictor, SavedModels.First);
            Replace(SavedModels.Second);
            _clock.Tick();
            _clock.Tick();
            Assert.HasCount(1, log.Entries);
        }
        Assert.ThrowsExactly<ObjectDisposedException>(() => predictor.Classes);
    }

    [TestMethod]
    public void Several_models_have_keys()
    {
        using var provider = new ServiceCollection()
            .AddRf3dClassifier(_path)
            .AddRf3dClassifier(SavedModels.Write(_folder["second.zip"], SavedModels.Second), serviceKey: "second")
            .BuildServiceProvider();
        AssertScores(provider.GetRequiredService<Rf3dPredictor>(), SavedModels.First);
        AssertScores(provider.GetRequiredKeyedService<Rf3dPredictor>("second"), SavedModels.Second);
    }

    [TestMethod]
    public void Bad_options_and_missing_files_are_errors()
    {
        var services = new ServiceCollection();
        Assert.ThrowsExactly<ArgumentException>(() => services.AddRf3dClassifier(""));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => services.AddRf3dClassifier(options => (options.Path, options.PollingInterval) = (_path, TimeSpan.Zero)));
        Assert.Contains("at most 49 days", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => services.AddRf3dClassifier(options => (options.Path, options.PollingInterval) = (_path, TimeSpan.MaxValue))).Message);
        using var provider = services.AddRf3dClassifier(_folder["absent.zip"]).BuildServiceProvider();
        Assert.ThrowsExactly<FileNotFoundException>(() => provider.GetRequiredService<Rf3dPredictor>());
    }

    private Rf3dPredictor Create(ILogger<Rf3dPredictor>? logger = null) => new(new Rf3dPredictorOptions { Path = _path, TimeProvider = _clock }, logger);

    /// <summary>Writes a file of another time, whatever the resolution of the file system's.</summary>
    private void Replace(byte[] model, int minutes = 0)
    {
        File.WriteAllBytes(_folder["new.zip"], model);
        File.SetLastWriteTimeUtc(_folder["new.zip"], new DateTime(2030, 1, 1, 0, minutes, model.Length % 60, DateTimeKind.Utc));
        File.Move(_folder["new.zip"], _path, overwrite: true);
    }

    private void AssertScores(Rf3dPredictor predictor, byte[] model) =>
        SavedModels.AssertSameScores(SavedModels.ScoresOfMLNet(model, _files), [.. predictor.Predict(_files)]);

    private sealed class ListLogger : ILogger<Rf3dPredictor>
    {
        public List<(LogLevel Level, string Text)> Entries { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Entries.Add((logLevel, formatter(state, exception)));
    }
}
