using System.Collections.Concurrent;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Rf3d.Datasets;
using Rf3d.MLNet.Tests.Estimator;
using Rf3d.MLNet.Tests.Training;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Data;

/// <summary>Cache files that are kept: used again when it is certain that they are right, and replaced when not.</summary>
[TestClass]
public sealed class ImageCacheTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ConcurrentQueue<string> _messages = new();
    private readonly MLContext _mlContext = new(1);

    public ImageCacheTests() => _mlContext.Log += (_, log) => _messages.Enqueue(log.Message);

    private string Cache => _folder["training-16x16.images"];

    [TestMethod]
    public void An_intact_file_is_used_again_and_nothing_is_decoded()
    {
        var images = SmallTask.Images(_mlContext, 40);
        using var first = Fit(images);
        var decoded = 0;
        using var second = Fit(new WatchedView(images, _ => Interlocked.Increment(ref decoded)));
        // The look at the size of the images takes one.
        Assert.IsLessThan(2, decoded);
        AssertLogged("which is intact and of the same files: nothing is decoded");
        SmallTraining.AssertSameWeights(first.Model.Weights, second.Model.Weights);
        CollectionAssert.AreEqual(new[] { Cache }, Directory.GetFiles(_folder.Path));
    }

    [TestMethod]
    [DataRow(3)]
    [DataRow(70)]
    [DataRow(520)]
    [DataRow(-3)]
    public void A_damaged_file_is_written_again(int at)
    {
        var images = SmallTask.Images(_mlContext, 40);
        using var first = Fit(images);
        var intact = File.ReadAllBytes(Cache);
        var damaged = (byte[])intact.Clone();
        damaged[at < 0 ? damaged.Length + at : at] ^= 4;
        File.WriteAllBytes(Cache, damaged);
        using var second = Fit(images);
        AssertLogged("is damaged");
        SmallTraining.AssertSameWeights(first.Model.Weights, second.Model.Weights);
        Assert.HasCount(intact.Length, File.ReadAllBytes(Cache));
        AssertUsedAgain(images);
    }

    [TestMethod]
    public void A_file_cut_short_is_written_again()
    {
        var images = SmallTask.Images(_mlContext, 40);
        Fit(images).Dispose();
        using (var file = File.OpenWrite(Cache))
            file.SetLength(file.Length - 1);
        Fit(images).Dispose();
        AssertLogged("is cut short, and is written again");
        File.WriteAllBytes(Cache, []);
        Fit(images).Dispose();
        AssertUsedAgain(images);
    }

    [TestMethod]
    public void The_file_is_written_again_for_other_images_other_rows_and_another_resizing()
    {
        var images = SmallTask.Images(_mlContext, 40);
        Fit(images).Dispose();
        Fit(SmallTask.Images(_mlContext, 40, seed: 2)).Dispose();
        AssertLogged("is of other images, or of images prepared in another way, and is written again");
        _messages.Clear();
        Fit(SmallTask.Images(_mlContext, 40, seed: 2), options => options.Resizing = ImageResizingEstimator.ResizingKind.Fill).Dispose();
        AssertLogged("is of other images, or of images prepared in another way, and is written again");
        Fit(images).Dispose();
        Fit(_mlContext.Data.TakeRows(images, 35)).Dispose();
        AssertLogged("is of other rows of the same data, and is written again");
        AssertUsedAgain(_mlContext.Data.TakeRows(images, 35));
    }

    [TestMethod]
    public void The_cache_is_written_again_when_a_file_of_the_folder_has_changed()
    {
        using var data = new TempFolder();
        for (var i = 0; i < 12; i++)
            SmallTask.WritePng(data.New($"class{i % 2}", $"{i}.png"), [(byte)(10 * i), 2, 3], 16, 16);
        var images = _mlContext.Data.LoadImageFolder(data.Path);
        Fit(images).Dispose();
        AssertUsedAgain(images);
        File.SetLastWriteTimeUtc(data["class1", "3.png"], new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        Fit(images).Dispose();
        AssertLogged("is of other images, or of images prepared in another way, and is written again");
    }

    [TestMethod]
    public void Files_that_were_bad_when_the_cache_was_written_are_left_out_without_decoding_any()
    {
        using var data = new TempFolder();
        for (var i = 0; i < 12; i++)
            SmallTask.WritePng(data.New($"class{i % 2}", $"{i}.png"), [(byte)(10 * i), 2, 3], 16, 16);
        File.WriteAllText(data["class0", "bad.png"], "no image");
        var first = Load();
        Fit(first).Dispose();
        Assert.HasCount(1, first.SkippedImages);

        // Of the same lengths and times, and all bad by now: none of them must be looked at.
        foreach (var path in Directory.GetFiles(data.Path, "*.png", SearchOption.AllDirectories))
        {
            var time = File.GetLastWriteTimeUtc(path);
            File.WriteAllBytes(path, new byte[new FileInfo(path).Length]);
            File.SetLastWriteTimeUtc(path, time);
        }
        var second = Load();
        AssertUsedAgain(second);
        CollectionAssert.AreEqual(first.SkippedImages.ToList(), second.SkippedImages.ToList());

        ImageFolderDataView Load() => _mlContext.Data.LoadImageFolder(data.Path, new() { OnBadImage = BadImageAction.Skip });
    }

    [TestMethod]
    public void A_cache_is_of_other_images_where_other_files_would_be_left_out()
    {
        using var data = new TempFolder();
        foreach (var name in new[] { "a", "b" })
            SmallTask.WritePng(data.New(name, "1.png"), [1, 2, 3], 16, 16);
        Assert.AreEqual(SourceOf(new() { OnBadImage = BadImageAction.Skip }), SourceOf(new() { OnBadImage = BadImageAction.Skip }));
        Assert.AreNotEqual(SourceOf(new() { OnBadImage = BadImageAction.Skip }), SourceOf(new()));
        Assert.AreNotEqual(SourceOf(new() { MaxPixels = 300 }), SourceOf(new()));

        string? SourceOf(ImageFolderOptions options) => RowsIdentity.SourceOf(_mlContext.Data.LoadImageFolder(data.Path, options).Schema["Image"]);
    }

    [TestMethod]
    public void The_log_does_not_claim_that_nothing_is_decoded_where_a_filter_has_to_be_passed()
    {
        using var data = new TempFolder();
        for (var i = 0; i < 12; i++)
            SmallTask.WritePng(data.New($"class{i % 2}", $"{i}.png"), [(byte)(10 * i), 2, 3], 16, 16);
        for (var pass = 0; pass < 2; pass++)
        {
            _messages.Clear();
            Fit(_mlContext.Data.TakeRows(_mlContext.Data.LoadImageFolder(data.Path, new() { OnBadImage = BadImageAction.Skip }), 10)).Dispose();
        }
        AssertLogged("which is intact and of the same files.");
    }

    [TestMethod]
    public void Images_without_known_source_files_are_decoded_again()
    {
        var rows = Enumerable.Range(0, 12).Select(i => (i % 2 == 0 ? "a" : "b", new byte[] { (byte)i, 2, 3 }, 16, 16)).ToArray();
        var images = SmallTask.FromMemory(_mlContext, rows);
        Fit(images).Dispose();
        Fit(images).Dispose();
        AssertLogged("does not say which files its images come from");
        // Ids that are put together are no source's own: the images of several have the schema of the first.
        Assert.IsNull(RowsIdentity.Of([(new DataViewRowId(1, 0), 0L), (new DataViewRowId(1, 2), 0L)]));
    }

    [TestMethod]
    public void Columns_that_transforms_make_of_images_have_no_known_source()
    {
        var images = SmallTask.Images(_mlContext, 4);
        Assert.IsNotNull(RowsIdentity.SourceOf(images.Schema["Image"]));
        IEstimator<ITransformer>[] transforms =
        [
            _mlContext.Transforms.ResizeImages("Image", 8, 8), _mlContext.Transforms.ConvertToGrayscale("Image"),
            _mlContext.Transforms.CopyColumns("Other", "Image").Append(_mlContext.Transforms.ResizeImages("Image", 8, 8, "Other")),
        ];
        foreach (var transform in transforms)
            Assert.IsNull(RowsIdentity.SourceOf(transform.Fit(images).Transform(images).Schema["Image"]));
        Assert.IsNotNull(RowsIdentity.SourceOf(_mlContext.Data.TakeRows(images, 2).Schema["Image"]));
        Assert.IsNotNull(RowsIdentity.SourceOf(_mlContext.Data.TrainTestSplit(images).TrainSet.Schema["Image"]));
    }

    [TestMethod]
    public void Two_trainings_at_once_use_one_directory()
    {
        var weights = new WeightTable[2];
        Parallel.For(0, 2, i =>
        {
            var mlContext = new MLContext(1);
            using var model = Trainer(mlContext).Fit(SmallTask.Images(mlContext, 40));
            weights[i] = model.Model.Weights;
        });
        SmallTraining.AssertSameWeights(weights[0], weights[1]);
        CollectionAssert.AreEqual(new[] { Cache }, Directory.GetFiles(_folder.Path));
        AssertUsedAgain(SmallTask.Images(_mlContext, 40));
    }

    /// <summary>Whether the cache is written or was there already. Files in use stay, and those that may have been created just now.</summary>
    [TestMethod]
    public void The_unfinished_files_of_killed_trainings_are_deleted_and_nothing_else()
    {
        foreach (var isThere in new[] { false, true })
        {
            string[] files = [_folder["training-16x16.images.1.tmp"], _folder["training-16x16.images.2.tmp"], _folder["training-16x16.images.3.tmp"], _folder["other.tmp"]];
            foreach (var path in files)
            {
                File.WriteAllText(path, "");
                File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddSeconds(-1));
            }
            File.SetLastWriteTimeUtc(files[1], DateTime.UtcNow.AddHours(1));
            using (File.OpenRead(files[2]))
                Fit(SmallTask.Images(_mlContext, 40)).Dispose();
            CollectionAssert.AreEqual(new[] { false, true, true, true }, Array.ConvertAll(files, File.Exists), $"The cache was there: {isThere}");
        }
    }

    [TestMethod]
    public void A_folder_that_cannot_be_written_to_is_named()
    {
        File.WriteAllText(_folder["file"], "in the way");
        var error = Assert.ThrowsExactly<IOException>(() => Fit(SmallTask.Images(_mlContext, 40), options => options.ImageCacheDirectory = _folder["file", "cache"]));
        Assert.Contains(_folder["file", "cache"], error.Message);
        Assert.Contains("ImageCacheDirectory", error.Message);
    }

    [TestMethod]
    public void Nothing_is_left_of_a_cache_that_was_not_completed_or_not_asked_to_be_kept()
    {
        var bad = new WatchedView(SmallTask.Images(_mlContext, 40), row =>
        {
            if (row == 33)
                throw new InvalidDataException("row 33 is bad");
        });
        Assert.AreEqual("row 33 is bad", Assert.Throws<InvalidDataException>(() => Fit(bad)).Message);
        _mlContext.TempFilePath = _folder.Path;
        Fit(SmallTask.Images(_mlContext, 40), options => options.ImageCacheDirectory = null).Dispose();
        Assert.IsEmpty(Directory.GetFiles(_folder.Path, "*images*"));
    }

    public void Dispose() => _folder.Dispose();

    private void AssertUsedAgain(IDataView images)
    {
        _messages.Clear();
        Fit(images).Dispose();
        AssertLogged("nothing is decoded");
    }

    private void AssertLogged(string text) => Assert.Contains(message => message.Contains(text, StringComparison.Ordinal), _messages, text);

    private Rf3dImageClassificationTransformer Fit(IDataView images, Action<Rf3dImageClassificationTrainer.Options>? change = null) =>
        Trainer(_mlContext, change).Fit(images);

    private Rf3dImageClassificationTrainer Trainer(MLContext mlContext, Action<Rf3dImageClassificationTrainer.Options>? change = null)
    {
        var options = SmallTask.Options;
        (options.Epoch, options.BatchSize, options.Seed, options.ImageStorage, options.ImageCacheDirectory) = (1, 10, 7, ImageStorage.Cache, _folder.Path);
        change?.Invoke(options);
        return mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options);
    }
}
