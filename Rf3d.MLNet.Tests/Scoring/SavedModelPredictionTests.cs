using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Datasets;
using Rf3d.MLNet.Tests.Datasets;
using Rf3d.MLNet.Tests.Estimator;

namespace Rf3d.MLNet.Tests.Scoring;

/// <summary>Scores of files, streams and images: those of ML.NET alone.</summary>
[TestClass]
public sealed class SavedModelPredictionTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Rf3dSavedModel _model;

    public SavedModelPredictionTests() => _model = Rf3dSavedModel.Load(new MLContext(), SavedModels.Write(_folder["model.zip"]));

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(3, 2)]
    [DataRow(100, null)]
    public void Files_in_batches_score_as_in_MLNet_alone(int batch, int? threads)
    {
        var files = SavedModels.Images(_folder, 20);
        var predictions = _model.Predict(files, new() { BatchSize = batch, MaxDegreeOfParallelism = threads }).ToArray();
        SavedModels.AssertSameScores(SavedModels.ScoresOfMLNet(SavedModels.First, files), predictions);
        CollectionAssert.AreEqual(files, predictions.Select(prediction => prediction.Path).ToArray());
        Assert.AreEqual(_model.Classes[predictions[0].PredictedIndex], predictions[0].PredictedLabel);
        Assert.AreEqual(predictions[7].Probability, _model.Predict(files[7]).Probability, 1e-5);
    }

    [TestMethod]
    public void Streams_are_read_before_the_next_one_is_opened()
    {
        var files = SavedModels.Images(_folder, 20);
        ZipFile.CreateFromDirectory(_folder["images"], _folder["images.zip"]);
        using var zip = ZipFile.OpenRead(_folder["images.zip"]);
        SavedModels.AssertSameScores(SavedModels.ScoresOfMLNet(SavedModels.First, files), [.. _model.Predict(Open(), new() { BatchSize = 3 })]);

        IEnumerable<Stream> Open()
        {
            foreach (var entry in zip.Entries.OrderBy(entry => entry.Name, StringComparer.Ordinal))
            {
                using var stream = entry.Open();
                yield return stream;
            }
        }
    }

    [TestMethod]
    public void Images_in_memory_may_be_disposed_when_the_next_one_is_asked_for_and_are_not_before()
    {
        var files = SavedModels.Images(_folder, 20);
        SavedModels.AssertSameScores(SavedModels.ScoresOfMLNet(SavedModels.First, files), [.. _model.Predict(Open(), new() { BatchSize = 3 })]);

        IEnumerable<MLImage> Open()
        {
            foreach (var file in files)
            {
                using var image = ImageReader.Read(file);
                yield return image;
                Assert.AreNotEqual(0, image.Pixels.Length);
            }
        }
    }

    [TestMethod]
    public async Task One_image_may_be_a_file_a_stream_or_in_memory()
    {
        var file = SavedModels.Images(_folder, 2)[1];
        var expected = SavedModels.ScoresOfMLNet(SavedModels.First, [file]);
        using var image = ImageReader.Read(file);
        await using var stream = File.OpenRead(file);
        await using var other = File.OpenRead(file);
        SavedModels.AssertSameScores(expected, [_model.Predict(file)]);
        SavedModels.AssertSameScores(expected, [_model.Predict(stream)]);
        SavedModels.AssertSameScores(expected, [await _model.PredictAsync(other)]);
        SavedModels.AssertSameScores(expected, [_model.Predict(image)]);
    }

    [TestMethod]
    [FieldReport(8)]
    public async Task An_unreadable_image_is_an_error_that_names_it()
    {
        var cut = SavedModels.CutImage(_folder);
        string[] files = [.. SavedModels.Images(_folder, 3), cut];
        Assert.AreEqual($"The image '{cut}' cannot be read: the file ends before the image does: it is cut short.", Assert.ThrowsExactly<InvalidDataException>(() => _model.Predict(files).Count()).Message);
        Assert.ThrowsExactly<InvalidDataException>(() => _model.Predict(cut));
        Assert.ThrowsExactly<InvalidDataException>(() => _model.Predict(_folder["absent.png"]));
        using var stream = new MemoryStream([1, 2, 3]);
        Assert.Contains("at index 0 cannot be read", Assert.ThrowsExactly<InvalidDataException>(() => _model.Predict(stream)).Message);
        await Assert.ThrowsExactlyAsync<InvalidDataException>(() => _model.PredictAsync(new MemoryStream()));
    }

    [TestMethod]
    public void An_unreadable_image_is_a_result_in_its_place_where_that_is_asked_for()
    {
        var good = SavedModels.Images(_folder, 2);
        string[] files = [good[0], _folder["absent.png"], SavedModels.CutImage(_folder), good[1]];
        var options = new ImagePredictionOptions { ContinueOnError = true, BatchSize = 3 };
        var fromFiles = _model.Predict(files, options).ToArray();
        CollectionAssert.AreEqual(new[] { true, false, false, true }, fromFiles.Select(prediction => prediction.Error is null).ToArray());
        CollectionAssert.AreEqual(files, fromFiles.Select(prediction => prediction.Path).ToArray());
        Assert.Contains("cut short", fromFiles[2].Error!);
        Assert.AreEqual((-1, null, 0f, 0), (fromFiles[2].PredictedIndex, fromFiles[2].PredictedLabel, fromFiles[2].Probability, fromFiles[2].Scores.Length));

        Stream[] streams = [new MemoryStream(File.ReadAllBytes(good[0])), new FailingStream(), new MemoryStream("text"u8.ToArray())];
        var fromStreams = _model.Predict(streams, options).ToArray();
        Assert.IsNull(fromStreams[0].Error);
        Assert.AreEqual("the stream cannot be read (The connection is gone)", fromStreams[1].Error);
        Assert.Contains("not an image", fromStreams[2].Error!);
    }

    [TestMethod]
    [FieldReport(13)]
    public void An_image_of_more_pixels_than_are_asked_for_is_refused_from_files_and_streams()
    {
        var file = _folder["large.png"];
        SmallTask.WritePng(file, [1, 2, 3], 40, 40);
        using var stream = File.OpenRead(file);
        Assert.Contains("40×40", Assert.ThrowsExactly<InvalidDataException>(() => _model.Predict(file, new() { MaxPixels = 1599 })).Message);
        Assert.Contains("40×40", Assert.ThrowsExactly<InvalidDataException>(() => _model.Predict(stream, new() { MaxPixels = 1599 })).Message);
        Assert.IsNull(_model.Predict(file, new() { MaxPixels = 1600 }).Error);
    }

    [TestMethod]
    public void A_stream_that_never_ends_is_given_up()
    {
        // A small image of a format that has one in a file, and then zeros without end.
        using var endless = new EndlessStream(PictureFiles.Photograph("jpeg", 1));
        Assert.Contains("too large for an image of its size", Assert.ThrowsExactly<InvalidDataException>(() => _model.Predict(endless)).Message);
    }

    [TestMethod]
    public void Options_out_of_range_are_errors_before_anything_is_read()
    {
        foreach (var options in new ImagePredictionOptions[] { new() { MaxPixels = 0 }, new() { BatchSize = 0 }, new() { MaxDegreeOfParallelism = 0 } })
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _model.Predict(["a.png"], options));
    }

    [TestMethod]
    public void Files_are_taken_as_they_are_needed_and_cancelling_ends_it()
    {
        var file = SavedModels.Images(_folder, 1)[0];
        var asked = 0;
        Assert.HasCount(10, _model.Predict(Endless(), new() { BatchSize = 2, MaxDegreeOfParallelism = 2 }).Take(10).ToArray());
        Assert.IsLessThan(40, asked);

        using var stop = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() =>
        {
            foreach (var _ in _model.Predict(Endless(), new() { BatchSize = 1 }, stop.Token))
                stop.Cancel();
        });

        IEnumerable<string> Endless()
        {
            while (true)
            {
                asked++;
                yield return file;
            }
        }
    }

    [TestMethod]
    public void Eight_threads_get_the_scores_of_one()
    {
        var files = SavedModels.Images(_folder, 24);
        var expected = SavedModels.ScoresOfMLNet(SavedModels.First, files);
        var errors = new System.Collections.Concurrent.ConcurrentBag<Exception>();
        var threads = Enumerable.Range(0, 8).Select(number => new Thread(() => Score(number))).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        Assert.IsEmpty(errors);

        void Score(int number)
        {
            try
            {
                if (number % 2 == 0)
                    SavedModels.AssertSameScores(expected, [.. _model.Predict(files, new() { BatchSize = 1 + number })]);
                else
                    SavedModels.AssertSameScores(expected, [.. files.Select((file, index) => _model.Predict(file) with { Index = index })]);
                using var image = ImageReader.Read(files[number]);
                Assert.AreEqual(expected[number].Max(), _model.GetClassActivationMap(image).Probability, 1e-4);
            }
            catch (Exception error)
            {
                errors.Add(error);
            }
        }
    }

    [TestMethod]
    public void A_disposed_model_says_so()
    {
        _model.Dispose();
        _model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => _model.Predict("a.png"));
        using var image = SmallTask.Plain([1, 2, 3], 16, 16);
        Assert.ThrowsExactly<ObjectDisposedException>(() => _model.GetClassActivationMap(image));
    }

    [TestMethod]
    public void Results_that_are_enumerated_after_the_model_was_disposed_say_so()
    {
        var files = SavedModels.Images(_folder, 12);
        using var image = ImageReader.Read(files[0]);
        var (later, inMemory) = (_model.Predict(files), _model.Predict(new[] { image }));
        using var begun = _model.Predict(files, new() { BatchSize = 1, MaxDegreeOfParallelism = 1 }).GetEnumerator();
        Assert.IsTrue(begun.MoveNext());
        _model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => later.Count());
        Assert.ThrowsExactly<ObjectDisposedException>(() => inMemory.Count());
        Assert.ThrowsExactly<ObjectDisposedException>(() =>
        {
            // Batches that had begun are completed.
            while (begun.MoveNext())
                Assert.IsNull(begun.Current.Error);
        });
    }

    [TestMethod]
    public void A_batch_of_any_size_is_scored_and_one_that_no_array_holds_is_an_error_of_the_option()
    {
        var files = SavedModels.Images(_folder, 3);
        Assert.HasCount(3, _model.Predict(files, new() { BatchSize = int.MaxValue, MaxDegreeOfParallelism = int.MaxValue }).ToArray());
        var large = new ImagePreprocessing { ImageColumnName = "Image", Height = 4096, Width = 4096 };
        using var scorer = new BatchScorer(new Nothing(), ["a"], large, ConfidenceThreshold.Of(0, ["a"]), directions: null);
        // 43 images of 50,331,648 values.
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scorer.Score(new ScoringInput[43], ImagePredictionOptions.Default));
        Assert.Contains("BatchSize is too large: 43 images of 4096x4096 pixels do not fit into one batch, 42 do.", error.Message);
    }

    private sealed class Nothing : IScoringNetwork
    {
        public int BatchSize => 1;

        public float[] Score(Memory<float> pixels, int images) => [];

        public void Dispose()
        {
        }
    }

    private sealed class FailingStream : MemoryStream
    {
        public override int Read(Span<byte> buffer) => throw new IOException("The connection is gone.");
    }

    private sealed class EndlessStream(byte[] start) : MemoryStream(start)
    {
        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer)
        {
            if (base.Read(buffer) is > 0 and var read)
                return read;
            buffer.Clear();
            return buffer.Length;
        }
    }
}
