using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>A folder of temporary files that is full, or gone, at the end of a training does not cost it.</summary>
[TestClass]
public sealed class RoomForModelTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    [FieldReport(16)]
    [DataRow("checkpoints", "checkpoint")]
    [DataRow("cache", "training")]
    public void A_training_survives_the_loss_of_the_folder_of_temporary_files(string other, string content)
    {
        var temporary = Directory.CreateDirectory(_folder["temporary"]).FullName;
        var mlContext = new MLContext(1) { TempFilePath = temporary };
        var warnings = new ConcurrentQueue<string>();
        mlContext.Log += (_, log) => warnings.Enqueue(log.Message);
        var data = SmallTask.Images(mlContext, 40);

        float[] expected;
        using (var model = SmallTask.Trainer(mlContext, options =>
        {
            options.Epoch = 1;
            if (other == "checkpoints")
                options.CheckpointDirectory = _folder[other];
            else
                (options.ImageStorage, options.ImageCacheDirectory) = (ImageStorage.Cache, _folder[other]);
            options.MetricsCallback = metrics =>
            {
                if (metrics.IsEpochEnd)
                    Directory.Delete(temporary, recursive: true);
            };
        }).Fit(data))
        {
            Assert.HasCount(1, warnings.Where(text => text.Contains($"The file of the network is in '{_folder[other]}' instead", StringComparison.Ordinal) && text.Contains(temporary, StringComparison.Ordinal)).ToList());
            expected = model.Transform(data).GetColumn<float[]>("Score").First();
            mlContext.Model.Save(model, data.Schema, _folder["model.zip"]);
        }

        Assert.IsTrue(Directory.GetFileSystemEntries(_folder[other]).All(path => Path.GetFileName(path).StartsWith(content, StringComparison.Ordinal)), "The file of the network is still there.");
        using var saved = Rf3dSavedModel.Load(new MLContext(), _folder["model.zip"]);
        CollectionAssert.AreEqual(expected, saved.Transform(data).GetColumn<float[]>("Score").First());
    }

    [TestMethod]
    public void Folders_are_tried_in_turn()
    {
        var warnings = new List<string>();
        var places = new RoomForModel("full", null, null) { Others = ["full, too", "free", "later"], Warn = warnings.Add };
        // ML.NET loads by reflection.
        Assert.AreEqual("free", places.Build(place => place is null or "full, too" ? throw new TargetInvocationException(new IOException("No space left on device.")) : place));
        Assert.StartsWith("The trained network cannot be written to the folder of temporary files 'full': No space left on device. The file of the network is in 'free' instead", warnings.Single());
        Assert.ThrowsExactly<FormatException>(() => places.Build<int>(_ => throw new FormatException()));
    }

    [TestMethod]
    public void Without_any_room_the_message_names_the_kept_checkpoints_and_the_remedy()
    {
        static string Message(string? checkpoints, bool writes = true)
        {
            var places = new RoomForModel("full", checkpoints, null) { Others = ["other"], WritesCheckpoints = writes };
            var error = Assert.ThrowsExactly<IOException>(() => places.Build<int>(_ => throw new UnauthorizedAccessException("Denied.")));
            Assert.AreEqual(writes, ((OptionConflictException)error.InnerException!).Text.Render(name => name == "CheckpointDirectory" ? "--checkpoint-directory" : name).Contains("--checkpoint-directory", StringComparison.Ordinal));
            return error.Message;
        }
        var kept = Message("kept");
        foreach (var part in new[] { "'full': Denied.", "complete in 'kept'", $"the variable {TemporaryVariable.Name}, or", "run the same training again with this CheckpointDirectory" })
            Assert.Contains(part, kept);
        Assert.Contains("no room in 'other' either, and the training is lost", Message(null));
        Assert.Contains("the training is lost. Make room before training again", Message("empty", writes: false));
    }

    [TestMethod]
    public void Only_folders_that_are_there_are_tried()
    {
        Directory.CreateDirectory(_folder["there"]);
        var places = new RoomForModel("temporary", _folder["absent"], _folder["there"]).Usual();
        Assert.AreEqual(_folder["there"], places[0]);
        Assert.Contains(Environment.CurrentDirectory, places);
    }
}
