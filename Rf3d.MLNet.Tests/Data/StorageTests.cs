using System.Collections.Concurrent;
using Microsoft.ML;
using Rf3d.MLNet.Tests.Estimator;
using Rf3d.MLNet.Tests.Training;

namespace Rf3d.MLNet.Tests.Data;

/// <summary>Images in memory, in a cache file, and streamed: the choice, and its permitted effects.</summary>
[TestClass]
public class StorageTests
{
    private const int Count = 60;
    private const int ImageBytes = 16 * 16 * 3;

    private readonly ConcurrentQueue<string> _messages = new();
    private readonly MLContext _mlContext = new(1);

    public StorageTests() => _mlContext.Log += (_, log) => _messages.Enqueue(log.Message);

    private Rf3dImageClassificationTransformer Fit(ImageStorage storage, Action<Rf3dImageClassificationTrainer.Options>? change = null, IDataView? data = null, IDataView? validation = null)
    {
        var options = SmallTask.Options;
        (options.Seed, options.ImageStorage) = (7, storage);
        change?.Invoke(options);
        return _mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(data ?? SmallTask.Images(_mlContext, Count), validation);
    }

    private void AssertLogged(string text) => Assert.Contains(message => message.Contains(text, StringComparison.Ordinal), _messages, text);

    [TestMethod]
    public void Memory_and_cache_train_the_same_weights()
    {
        using var memory = Fit(ImageStorage.Memory);
        using var cache = Fit(ImageStorage.Cache);
        SmallTraining.AssertSameWeights(memory.Model.Weights, cache.Model.Weights);
        CollectionAssert.AreEqual(memory.Model.Statistics.Mean, cache.Model.Statistics.Mean);
        AssertLogged("The training images go to memory: as asked for");
        AssertLogged("The training images go to a cache file in");
        AssertLogged($"{Count} training images were decoded in");
    }

    [TestMethod]
    public void A_stream_trains_the_same_weights_each_time_and_others_for_another_seed()
    {
        using var first = Fit(ImageStorage.Stream);
        using var second = Fit(ImageStorage.Stream);
        SmallTraining.AssertSameWeights(first.Model.Weights, second.Model.Weights);
        using var memory = Fit(ImageStorage.Memory);
        using var other = Fit(ImageStorage.Stream, options => options.Seed = 8);
        var name = first.Model.Weights.Names.First();
        CollectionAssert.AreNotEqual(first.Model.Weights[name].Values, memory.Model.Weights[name].Values);
        CollectionAssert.AreNotEqual(first.Model.Weights[name].Values, other.Model.Weights[name].Values);
        // The same images in all cases.
        CollectionAssert.AreEqual(memory.Model.Statistics.Mean, first.Model.Statistics.Mean);
        Assert.AreEqual(memory.History.TrainingImages, first.History.TrainingImages);
        AssertLogged("The training images are decoded again in each epoch: as asked for");
    }

    [TestMethod]
    public void Free_memory_does_not_decide_over_weights_that_have_to_be_the_same()
    {
        var preprocessing = new ImagePreprocessing { ImageColumnName = "Image", Height = 16, Width = 16 };
        var rows = new ImageRows(SmallTask.Images(_mlContext, Count), "Label", preprocessing, _mlContext.Transforms);
        var options = SmallTask.Options;
        Assert.IsNull(StreamedImageStore.Obstacle(rows, options.ForReaders(), wasStream: false));
        options.Deterministic = true;
        Assert.Contains("Set ImageStorage to Stream", StreamedImageStore.Obstacle(rows, options.ForReaders(), wasStream: false)!.ToString());
        Assert.IsNull(StreamedImageStore.Obstacle(rows, options.ForReaders(), wasStream: true));
        options.ImageStorage = ImageStorage.Stream;
        Assert.IsNull(StreamedImageStore.Obstacle(rows, options.ForReaders(), wasStream: false));
    }

    [TestMethod]
    public void A_stream_takes_validation_images_that_cannot_be_shuffled()
    {
        var validation = new WatchedView(SmallTask.Images(_mlContext, 20, seed: 2), _ => { }) { CanShuffle = false };
        using var stream = Fit(ImageStorage.Stream, validation: validation);
        Assert.AreEqual(20, stream.History.ValidationImages);
        Assert.AreEqual(0, validation.OpenCursors);
    }

    [TestMethod]
    public void Auto_takes_memory_then_the_cache_and_a_directory_asks_for_the_cache()
    {
        using var folder = new TempFolder();
        Fit(ImageStorage.Auto).Dispose();
        AssertLogged("go to memory: 60 images take");
        AssertLogged("(half of what is free)");
        Fit(ImageStorage.Auto, options => options.MaxImageMemory = (Count * ImageBytes) - 1).Dispose();
        AssertLogged("(MaxImageMemory)");
        AssertLogged("go to a cache file in");
        Fit(ImageStorage.Auto, options => options.ImageCacheDirectory = folder.Path).Dispose();
        AssertLogged("ImageCacheDirectory is set");
    }

    [TestMethod]
    public void Where_the_number_of_images_is_not_known_images_that_do_not_fit_memory_go_to_the_cache()
    {
        var data = new WatchedView(SmallTask.Images(_mlContext, Count), _ => { }) { IsCounted = false };
        using var memory = Fit(ImageStorage.Auto, data: data);
        AssertLogged("how many there are is not known");
        using var cache = Fit(ImageStorage.Auto, options => options.MaxImageMemory = 20 * ImageBytes, data);
        AssertLogged("they take more memory than may be used");
        SmallTraining.AssertSameWeights(memory.Model.Weights, cache.Model.Weights);
        Assert.AreEqual(0, data.OpenCursors);
    }

    [TestMethod]
    public void Memory_that_does_not_suffice_is_an_error()
    {
        var error = Assert.ThrowsExactly<OptionConflictException>(() => Fit(ImageStorage.Memory, options => options.MaxImageMemory = 1000));
        Assert.Contains("MaxImageMemory", error.Message);
        Assert.Contains("Auto", error.Message);
    }

    [TestMethod]
    public void The_choice_in_figures()
    {
        var options = SmallTask.Options;
        Assert.AreEqual(ImageStorage.Memory, Choose(options, 100, memory: 1000, drive: 0, null));
        Assert.AreEqual(ImageStorage.Cache, Choose(options, 101, memory: 1000, drive: 1010, null));
        Assert.AreEqual(ImageStorage.Stream, Choose(options, 101, memory: 1000, drive: 1009, null));
        var error = Assert.ThrowsExactly<OptionConflictException>(() => Choose(options, 101, memory: 1000, drive: 1009, "they cannot be shuffled."));
        Assert.Contains("they cannot be shuffled", error.Message);
        Assert.Contains("ImageCacheDirectory", error.Message);
        // A training that is taken up keeps to its order.
        Assert.AreEqual(ImageStorage.Stream, Choose(options, 100, memory: 1000, drive: 0, null, wasStream: true));
        Assert.Contains("another order", Assert.ThrowsExactly<OptionConflictException>(() => Choose(options, 101, 1000, 1009, null, wasStream: false)).Message);

        static ImageStorage Choose(Rf3dImageClassificationTrainer.Options options, long count, long memory, long drive, string? obstacle, bool? wasStream = null) =>
            ImageStorageChoice.Of(options.ForReaders(), 10, count, memory, drive, obstacle is null ? null : OptionText.Of($"{obstacle}"), wasStream).Storage;
    }

    [TestMethod]
    public void A_stream_needs_data_that_can_be_shuffled_and_draws_no_image_twice()
    {
        var sorted = new WatchedView(SmallTask.Images(_mlContext, Count), _ => { }) { CanShuffle = false };
        var error = Assert.ThrowsExactly<OptionConflictException>(() => Fit(ImageStorage.Stream, data: sorted));
        Assert.Contains("CanShuffle is false", error.Message);
        Assert.Contains("Cache", error.Message);
        error = Assert.ThrowsExactly<OptionConflictException>(() => Fit(ImageStorage.Stream, options => options.BalancedSampling = true));
        Assert.Contains("BalancedSampling", error.Message);
        Assert.Contains("ClassWeights", error.Message);
    }

    [TestMethod]
    public void Limits_of_the_options()
    {
        var options = SmallTask.Options;
        (options.ImageStorage, options.MaxImageMemory, options.ImageCacheDirectory) = ((ImageStorage)9, -1, "");
        var error = Assert.Throws<ArgumentException>(() => _mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options));
        Assert.Contains("ImageStorage is 9; it must be one of Auto, Memory, Cache, Stream", error.Message);
        Assert.Contains("MaxImageMemory is -1; it must be at least 0", error.Message);
        Assert.Contains("ImageCacheDirectory must not be empty", error.Message);
    }
}
