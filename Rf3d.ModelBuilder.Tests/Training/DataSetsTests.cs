using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Datasets;
using Rf3d.MLNet.Tests.Datasets;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Training;

/// <summary>The parts of a request that reach the reading of images.</summary>
[TestClass]
public sealed class DataSetsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void Folders_of_their_own_are_validated_and_tested_on()
    {
        Images.Dataset(_folder["data"], 4);
        Images.Dataset(_folder["validation"], 2);
        Images.Dataset(_folder["test"], 3);
        var data = Load(new() { Dataset = _folder["data"], ValidationDataset = _folder["validation"], TestDataset = _folder["test"] });
        Assert.AreEqual((12L, 6L, 9L, false), (data.Train.FileCount, data.Validation.FileCount, data.Test!.FileCount, data.IsHeldOut));
    }

    [TestMethod]
    public void Of_a_divided_data_set_validation_and_test_take_their_own_parts()
    {
        Images.Dataset(_folder["data"], 4);
        foreach (var (part, count) in new[] { ("train", 5), ("val", 2), ("test", 3) })
            Images.Dataset(_folder["divided", part], count);
        var request = new TrainingRequest { Dataset = _folder["data"], ValidationDataset = _folder["divided"], TestDataset = _folder["divided"] };
        var data = Load(request);
        Assert.AreEqual((12, 6, 9), (data.Train.FileCount, data.Validation.FileCount, data.Test!.FileCount));

        // Without test images its validation images measure.
        Directory.Delete(_folder["divided", "test"], recursive: true);
        Assert.AreEqual(6, Load(request with { ValidationDataset = null }).Test!.FileCount);
    }

    [TestMethod]
    public void Test_images_of_a_divided_data_set_are_never_taken_for_validation()
    {
        Images.Dataset(_folder["data"], 4);
        Images.Dataset(_folder["divided", "train"], 5);
        Images.Dataset(_folder["divided", "test"], 3);
        var request = new TrainingRequest { Dataset = _folder["data"], ValidationDataset = _folder["divided"] };
        AssertRefused(request);
        Assert.AreEqual(15, Load(request with { ValidationDataset = _folder["divided", "train"] }).Validation.FileCount);
        // The training images are all that there is.
        Directory.Delete(_folder["divided", "test"], recursive: true);
        Assert.AreEqual(15, Load(request).Validation.FileCount);

        Images.Mnist(_folder["digits"], "train", 40);
        Images.Mnist(_folder["more"], "train", 20);
        var digits = new TrainingRequest { Dataset = _folder["digits"], ValidationDataset = _folder["more"], TestDataset = _folder["more"] };
        Assert.AreEqual((20, 20), (Load(digits).Validation.FileCount, Load(digits).Test!.FileCount));
        Images.Mnist(_folder["more"], "t10k", 30);
        AssertRefused(digits);
        Assert.AreEqual(30, Load(digits with { ValidationDataset = null }).Test!.FileCount);

        static void AssertRefused(TrainingRequest request)
        {
            var error = Assert.ThrowsExactly<CommandException>(() => Load(request));
            Assert.Contains($"'{request.ValidationDataset}' is divided into training and test images", error.Message);
        }
    }

    [TestMethod]
    public void Files_of_MNIST_may_have_the_names_of_EMNIST_and_no_others()
    {
        Images.Mnist(_folder["letters"], "emnist-letters-train", 40);
        Images.Mnist(_folder["letters"], "emnist-letters-test", 20);
        var data = Load(new() { Dataset = _folder["letters"] });
        Assert.AreEqual((40, 20), (data.Train.FileCount + data.Validation.FileCount, data.Test!.FileCount));

        // A file that LoadMnist does not read, and what macOS puts beside one that it reads.
        Images.Dataset(_folder["data"], 4);
        File.WriteAllText(_folder["data", "train-images-mine-idx3-ubyte"], "");
        File.WriteAllText(_folder["data", "._train-images-idx3-ubyte"], "");
        Assert.HasCount(3, Load(new() { Dataset = _folder["data"] }).Classes);
    }

    [TestMethod]
    public void The_share_and_the_seed_say_which_images_are_held_out()
    {
        Images.Dataset(_folder["data"], 10);
        string Held(double share, int seed) => string.Join(' ', Load(new() { Dataset = _folder["data"], ValidationFraction = share, Seed = seed }).Validation.GetColumn<string>("ImagePath"));
        Assert.AreEqual(Held(0.3, 1), Held(0.3, 1));
        Assert.AreNotEqual(Held(0.3, 1), Held(0.3, 2));
        Assert.AreEqual(9, Held(0.3, 1).Split(' ').Length);
    }

    [TestMethod]
    public void Bad_and_large_images_are_handled_as_the_request_says()
    {
        Images.Dataset(_folder["data"], 12);
        Images.Dataset(_folder["validation"], 2);
        var request = new TrainingRequest { Dataset = _folder["data"], ValidationDataset = _folder["validation"] };
        Assert.AreEqual(42, Read(request).Count);
        Images.Write(_folder["data", "red", "large.png"], SKColors.Red, 1100, 1000);
        Assert.AreEqual(43, Read(request).Count);
        Assert.Contains("large.png' cannot be read", Assert.ThrowsExactly<InvalidDataException>(() => Read(request with { MaxMegapixels = 1 })).Message);
        var (count, skipped) = Read(request with { MaxMegapixels = 1, SkipBadImages = true });
        Assert.AreEqual(42, count);
        Assert.Contains("large.png", skipped);

        (int Count, string Skipped) Read(TrainingRequest from)
        {
            var data = Load(from);
            var count = new[] { data.Train, data.Validation }.Sum(Count);
            return (count, string.Join(' ', data.Skipped().Select(image => image.Path)));
        }

        static int Count(ImageFolderDataView view)
        {
            var count = 0;
            using var cursor = view.GetRowCursor(view.Schema);
            var getter = cursor.GetGetter<MLImage>(view.Schema["Image"]);
            for (MLImage image = null!; cursor.MoveNext(); count++)
                getter(ref image);
            return count;
        }
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Photographs_are_turned_upright_unless_the_request_says_otherwise(bool applyOrientation)
    {
        foreach (var (label, i) in new[] { "a", "b" }.SelectMany(label => Enumerable.Range(0, 3).Select(i => (label, i))))
        {
            Directory.CreateDirectory(_folder["data", label]);
            File.WriteAllBytes(_folder["data", label, $"{i}.jpg"], PictureFiles.Photograph("jpeg", 6));
        }
        using var image = Load(new() { Dataset = _folder["data"], ApplyOrientation = applyOrientation }).Train.GetColumn<MLImage>("Image").First();
        Assert.AreEqual(applyOrientation ? (PictureFiles.Width, PictureFiles.Height) : (PictureFiles.Height, PictureFiles.Width), (image.Width, image.Height));
    }

    [TestMethod]
    public void The_columns_that_are_named_are_those_of_the_table_of_another_folder_too()
    {
        foreach (var part in new[] { "train", "test" })
        {
            string[] kinds = ["blue", "green", "red"];
            foreach (var kind in kinds)
                Images.Write(_folder[part, "images", $"{kind}.png"], SKColors.Gray);
            // Without a name, the column "label" is found.
            File.WriteAllLines(_folder[part, "table.csv"], ["picture,label,kind", .. kinds.Select(kind => $"images/{kind}.png,other,{kind}")]);
        }
        var data = Load(new() { Dataset = _folder["train"], Labels = new(_folder["train", "table.csv"], "picture", "kind"), TestDataset = _folder["test"], ValidationDataset = _folder["test"] });
        Assert.AreEqual("blue green red", string.Join(' ', data.Classes));
        Assert.AreEqual((3L, 3L), (data.Train.FileCount, data.Test!.FileCount));
    }

    [TestMethod]
    public void To_find_out_how_long_an_epoch_takes_a_few_are_trained_and_can_be_cancelled()
    {
        Images.Dataset(_folder["data"], 6);
        var mlContext = new MLContext(1);
        List<string> messages = [];
        mlContext.Log += (_, log) => messages.Add(log.RawMessage);
        var data = DataSets.Load(mlContext, new() { Dataset = _folder["data"] });
        var options = new Rf3d.MLNet.Rf3dImageClassificationTrainer.Options { Device = "cpu", BatchSize = 8, ImageHeight = 16, ImageWidth = 16, WidthMultiplier = 0.25 };
        var fitting = TimeBudget.Measure(mlContext, options, data, 1000, () => TimeSpan.Zero, _ => { }, CancellationToken.None);
        Assert.IsGreaterThan(1, fitting.Epochs);
        Assert.HasCount(3, messages.FindAll(message => message.StartsWith("epoch ", StringComparison.Ordinal)));
        Assert.Throws<OperationCanceledException>(
            () => TimeBudget.Measure(mlContext, options, data, 1000, () => TimeSpan.Zero, _ => { }, new CancellationToken(canceled: true)));
    }

    [TestMethod]
    // Half of the first epoch: twice its seconds, and a little for the validation.
    [DataRow(1, 2, false, 4.0, null, 9.2)]
    [DataRow(1, 4, true, 8.0, null, 9.2)]
    // Less than a whole epoch after it.
    [DataRow(2, 3, false, 9.0, 8.0, 8.4)]
    // The first, slow one does not count where others are complete.
    [DataRow(2, 4, true, 10.0, 8.0, 2.1)]
    [DataRow(3, 2, false, 11.0, 8.0, 2.1)]
    [DataRow(3, 4, true, 12.0, 8.0, 2.1)]
    public void The_seconds_of_an_epoch_are_those_of_later_ones_where_there_are_any(int epoch, int batch, bool isEpochEnd, double elapsed, double? first, double expected)
    {
        var metrics = new Rf3d.MLNet.TrainingMetrics
        {
            Epoch = epoch, EpochCount = 3, Batch = batch, BatchCount = 4, IsEpochEnd = isEpochEnd, Elapsed = TimeSpan.FromSeconds(elapsed),
            Loss = 1, Accuracy = 0, LearningRate = 0, ImagesPerSecond = 1, Remaining = TimeSpan.Zero,
        };
        Assert.AreEqual(expected, TimeBudget.EpochSeconds(metrics, first), 1e-9);
    }

    private static DataSets Load(TrainingRequest request) => DataSets.Load(new MLContext(1), request);
}
