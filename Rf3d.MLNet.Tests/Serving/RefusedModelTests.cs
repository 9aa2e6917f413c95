using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Rf3d.MLNet.Tests.Scoring;

namespace Rf3d.MLNet.Tests.Serving;

/// <summary>Files that a predictor does not take: it keeps its model, and reports why.</summary>
[TestClass]
public sealed class RefusedModelTests : PredictorTests
{
    [TestMethod]
    public void A_damaged_or_missing_file_keeps_the_model_that_there_is()
    {
        var log = new ListLogger();
        using var predictor = Create(log);
        var failures = new List<Exception>();
        predictor.ReloadFailed += (_, failed) => failures.Add(failed.Error);
        Replace(SavedModels.Second[..^100]);
        for (var i = 0; i < 5; i++)
            Clock.Tick();
        Assert.HasCount(1, failures, "What is damaged is not tried again before it changes.");
        Assert.IsInstanceOfType<InvalidDataException>(failures[0]);
        Assert.AreEqual((LogLevel.Warning, true), (log.Entries[0].Level, log.Entries[0].Text.Contains(ModelPath, StringComparison.Ordinal)));
        AssertScores(predictor, SavedModels.First);

        File.Delete(ModelPath);
        Clock.Tick();
        Assert.HasCount(1, failures, "It may be replaced at this moment.");
        for (var i = 0; i < 3; i++)
            Clock.Tick();
        Assert.HasCount(2, failures);
        Assert.AreEqual(ModelPath, (failures[1] as FileNotFoundException)?.FileName);
        Assert.AreEqual((LogLevel.Warning, 2), (log.Entries[^1].Level, log.Entries.Count));
        AssertScores(predictor, SavedModels.First);

        Replace(SavedModels.Second);
        Clock.Tick();
        Clock.Tick();
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
        using (new FileStream(ModelPath, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            for (var i = 0; i < 20; i++)
                Clock.Tick();
            Assert.IsInstanceOfType<IOException>(failures.Single());
            Assert.Contains(ModelPath, failures[0].Message);
            Assert.HasCount(1, log.Entries);
            AssertScores(predictor, SavedModels.First);
        }
        // Tried at the checks 2, 3, 5, 9 and 17; the next one is 33.
        for (var i = 0; i < 12; i++)
            Clock.Tick();
        Assert.AreEqual(0, reloads);
        Clock.Tick();
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
        File.WriteAllText(ModelPath, "no model");
        using (new FileStream(ModelPath, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            for (var i = 0; i < 3; i++)
                Clock.Tick();
            Assert.IsInstanceOfType<IOException>(failures.Single());
        }
        for (var i = 0; i < 20; i++)
            Clock.Tick();
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
            Clock.Tick();
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
            Path = ModelPath,
            TimeProvider = Clock,
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
            Clock.Tick();
        Assert.IsInstanceOfType<InvalidOperationException>(failures.Single());
        AssertScores(predictor, SavedModels.First);
        Assert.ThrowsExactly<InvalidOperationException>(() => new Rf3dPredictor(options));

        isRefused = false;
        Replace(SavedModels.Second, minutes: 1);
        for (var i = 0; i < 2; i++)
            Clock.Tick();
        AssertScores(predictor, SavedModels.Second);
    }
}
