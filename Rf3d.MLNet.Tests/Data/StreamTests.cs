using System.Collections.Concurrent;
using Microsoft.ML;
using Rf3d.MLNet.Tests.Estimator;
using Rf3d.MLNet.Tests.Training;
using Rf3d.Planning;
using TorchSharp;

namespace Rf3d.MLNet.Tests.Data;

/// <summary>Images that are decoded while the network trains: interruptions, errors on other threads, and the end of those threads.</summary>
[TestClass]
public class StreamTests
{
    private const int Count = 200;

    /// <summary>The weights of a training that nothing interrupts.</summary>
    private static readonly Lazy<WeightTable> Undisturbed = new(() =>
    {
        var tests = new StreamTests();
        using var model = tests.Fit(SmallTask.Images(tests._mlContext, Count), Options);
        return model.Model.Weights;
    });

    private readonly ConcurrentQueue<string> _messages = new();
    private readonly MLContext _mlContext = new(1);

    public StreamTests() => _mlContext.Log += (_, log) => _messages.Enqueue(log.Message);

    private static Rf3dImageClassificationTrainer.Options Options
    {
        get
        {
            var options = SmallTask.Options;
            (options.Seed, options.BatchSize, options.ImageStorage) = (7, 10, ImageStorage.Stream);
            return options;
        }
    }

    private Rf3dImageClassificationTransformer Fit(IDataView data, Rf3dImageClassificationTrainer.Options options) =>
        _mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(data);

    /// <summary>The images, and an action when image number <paramref name="number"/> is asked for, counted from 1 over all passes.</summary>
    private WatchedView At(int number, Action action)
    {
        var count = 0;
        return new(SmallTask.Images(_mlContext, Count), _ =>
        {
            if (Interlocked.Increment(ref count) == number)
                action();
        });
    }

    [TestMethod]
    [DataRow(Count + 150, "epochs complete: 0; batches of the next: ")]
    // While the statistics of batch normalisation are worked out from the training images, the tenth that is held out left out.
    [DataRow((2 * Count) + 100, "epochs complete: 0; batches of the next: 18")]
    [DataRow((2 * Count) + (Count * 9 / 10) + 150, "epochs complete: 1; batches of the next: ")]
    public void A_training_cancelled_within_an_epoch_resumes_and_ends_with_the_same_weights(int number, string progress)
    {
        using var folder = new TempFolder();
        using var cancellation = new CancellationTokenSource();
        var options = Options;
        (options.CheckpointDirectory, options.CancellationToken) = (folder.Path, cancellation.Token);
        var images = At(number, cancellation.Cancel);
        try
        {
            Fit(images, options).Dispose();
        }
        catch (OperationCanceledException)
        {
            // In the first epoch.
        }
        Assert.AreEqual(0, images.OpenCursors);
        // The storage is known from the checkpoint.
        (options.ImageStorage, options.CancellationToken) = (ImageStorage.Auto, default);
        using var resumed = Fit(SmallTask.Images(_mlContext, Count), options);
        var message = _messages.Single(message => message.Contains("Resuming from the checkpoint", StringComparison.Ordinal));
        Assert.Contains(progress, message);
        Assert.DoesNotContain("and 0 batches", message);
        Assert.Contains(message => message.Contains("decoded again in each epoch: as in the checkpoint", StringComparison.Ordinal), _messages);
        SmallTraining.AssertSameWeights(Undisturbed.Value, resumed.Model.Weights);
    }

    [TestMethod]
    public void Kernels_with_shortcuts_are_measured_by_images_of_the_stream()
    {
        using var model = Fit(SmallTask.Images(_mlContext, Count), Options);
        Assert.DoesNotContain(message => message.Contains("could not be measured", StringComparison.Ordinal), _messages);
        // Variances that are not measured are 1.
        var variances = model.Model.Weights.Names.Where(name => name.EndsWith("norm.variance", StringComparison.Ordinal)).ToList();
        Assert.IsNotEmpty(variances);
        foreach (var name in variances)
            Assert.DoesNotContain(1f, model.Model.Weights[name].Values, name);
    }

    [TestMethod]
    public void Another_order_than_the_checkpoints_is_refused()
    {
        using var folder = new TempFolder();
        var options = Options;
        options.CheckpointDirectory = folder.Path;
        Fit(SmallTask.Images(_mlContext, 60), options).Dispose();
        options.ImageStorage = ImageStorage.Memory;
        var error = Assert.ThrowsExactly<OptionConflictException>(() => Fit(SmallTask.Images(_mlContext, 60), options));
        Assert.Contains("ImageStorage was Stream, is not set", error.Message);
    }

    [TestMethod]
    [DataRow(50)]
    [DataRow(Count + 50)]
    [DataRow((3 * Count) - 10)]
    public void A_bad_image_is_the_error_whatever_thread_finds_it(int number)
    {
        var images = At(number, () => throw new InvalidDataException("this image is bad"));
        Assert.AreEqual("this image is bad", Assert.ThrowsExactly<InvalidDataException>(() => Fit(images, Options)).Message);
        Assert.AreEqual(0, images.OpenCursors);
    }

    [TestMethod]
    public void Data_that_changes_is_an_error_that_says_so()
    {
        WatchedView images = null!;
        images = At(Count, () => images.IsMissing = row => row == 5);
        AssertChanged("rows are missing");
        images = At(Count + 20, () => images.IsMissing = row => row is > 20 and < 150);
        AssertChanged("rows are missing");

        using var folder = new TempFolder();
        for (var i = 0; i < 12; i++)
            SmallTask.WritePng(folder.New($"class{i % 2}", $"{i}.png"), [(byte)(10 * i), 2, 3], 16, 16);
        var decoded = 0;
        images = new(_mlContext.Data.LoadImageFolder(folder.Path), row =>
        {
            if (Interlocked.Increment(ref decoded) == 13)
                SmallTask.WritePng(folder["class0", "8.png"], [7, 7, 7], 16, 16);
        });
        AssertChanged("is another");

        void AssertChanged(string how)
        {
            var error = Assert.ThrowsExactly<InvalidOperationException>(() => Fit(images, Options));
            Assert.Contains("The data changed while it was streamed", error.Message);
            Assert.Contains(how, error.Message);
            Assert.AreEqual(0, images.OpenCursors);
        }
    }

    [TestMethod]
    public void Cancellation_does_not_wait_for_the_batch_that_slow_images_make()
    {
        using var cancellation = new CancellationTokenSource();
        var options = Options;
        options.CancellationToken = cancellation.Token;
        var count = 0;
        // One pass to count the images, then batches that are as large as the pass.
        var (all, cancelled) = (100 + (4 * Environment.ProcessorCount), 0);
        options.BatchSize = all;
        var images = new WatchedView(SmallTask.Images(_mlContext, all), _ =>
        {
            if (Interlocked.Increment(ref count) < all + 4)
                return;
            if (Interlocked.Exchange(ref cancelled, 1) == 0)
                cancellation.Cancel();
            // Slow: each thread is at most within one image when it sees that it is to end.
            Thread.Sleep(20);
        });
        Assert.ThrowsExactly<OperationCanceledException>(() => Fit(images, options));
        Assert.IsLessThanOrEqualTo(all + 4 + (2 * Environment.ProcessorCount), count, $"Of {all} images in the batch.");
        Assert.AreEqual(0, images.OpenCursors);
    }

    [TestMethod]
    public void No_more_images_are_ahead_than_the_window_has_room_for()
    {
        using var scope = torch.NewDisposeScope();
        // More than the window has room for, on any number of cores.
        var (ahead, all) = (30 + (32 * Environment.ProcessorCount), 1000 + (64 * Environment.ProcessorCount));
        var count = 0;
        var images = new WatchedView(SmallTask.Images(_mlContext, all), _ => Interlocked.Increment(ref count));
        var rows = Rows(images);
        using var store = new StreamedImageStore(rows, ImageIndexer.Read(rows, null, CancellationToken.None), torch.CPU);
        using var order = store.Order(torch.arange(all), 1);
        CollectionAssert.AreEquivalent(Enumerable.Range(0, all).Select(row => (long)row).ToArray(), order.data<long>().ToArray());
        count = 0;
        store.Prefetch(new(order.data<long>().ToArray(), 10, 1), CancellationToken.None);
        SpinWait.SpinUntil(() => Volatile.Read(ref count) >= ahead, TimeSpan.FromSeconds(60));
        // One in the hands of each thread comes on top.
        Assert.IsInRange(ahead, ahead + Environment.ProcessorCount, Volatile.Read(ref count));
        store.Prefetch(new([.. Enumerable.Range(0, 50).Select(row => (long)row)], 50, null), CancellationToken.None);
        Assert.AreEqual(50, store.Fetch(torch.arange(50)).shape[0]);
        Assert.Contains("out of turn", Assert.ThrowsExactly<InvalidOperationException>(() => store.Fetch(torch.arange(3))).Message);
        store.Dispose();
        Assert.AreEqual(0, images.OpenCursors);
    }

    [TestMethod]
    public void Images_of_memory_cache_and_stream_are_the_same()
    {
        using var scope = torch.NewDisposeScope();
        using var folder = new TempFolder();
        var rows = Rows(SmallTask.Images(_mlContext, 100));
        using var writer = new ImageCacheWriter(folder.Path, null, 16, 16);
        var found = ImageIndexer.Read(rows, writer, CancellationToken.None);
        using var cached = new CachedImageStore(writer.Complete(new("key", "", 0, found.Places, found.Index.Images), Assert.Fail), torch.CPU);
        var chunks = new ImageChunks(rows.ImageBytes, long.MaxValue);
        using var memory = new MemoryImageStore(chunks, ImageIndexer.Read(rows, chunks, CancellationToken.None).Places, found.Index, torch.CPU);
        using var device = new DeviceImageStore(memory, found.Index, torch.CPU);
        using var stream = new StreamedImageStore(rows, found, torch.CPU);
        using var order = stream.Order(torch.arange(100), 3);
        foreach (var store in new ImageStore[] { cached, memory, device, stream })
        {
            store.Prefetch(new(order.data<long>().ToArray(), 30, 3), CancellationToken.None);
            foreach (var batch in order.split(30))
            {
                var images = store.Fetch(batch);
                for (var i = 0; i < batch.shape[0]; i++)
                    Assert.AreEqual(found.Index[batch[i].item<long>()].Digest, ImageEntry.DigestOf(images[i].contiguous().bytes));
            }
        }
        // A file also returns images that were not announced.
        Assert.AreEqual(found.Index[7].Digest, ImageEntry.DigestOf(cached.Fetch(torch.tensor(new long[] { 7 })).bytes));
    }

    private ImageRows Rows(IDataView images) => new(
        images, "Label", new() { ImageColumnName = "Image", Height = 16, Width = 16 }, _mlContext.Transforms);
}
