using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Transforms.Image;
using Rf3d.Datasets;

namespace Rf3d.MLNet.Tests.Datasets;

[TestClass]
public sealed class MnistTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    [FieldReport(9)]
    [DataRow("train-images-idx3-ubyte", "train-labels-idx1-ubyte")]
    [DataRow("train-images.idx3-ubyte", "train-labels.idx1-ubyte")]
    [DataRow("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")]
    [DataRow("emnist-letters-train-images-idx3-ubyte.gz", "emnist-letters-train-labels-idx1-ubyte")]
    public void Images_and_labels_are_those_of_the_files(string images, string labels)
    {
        using var folder = new TempFolder();
        WriteImages(folder[images], 20, 3, 5);
        WriteLabels(folder[labels], 20);

        var view = _ml.Data.LoadMnist(folder.Path);

        Assert.AreEqual((20, 20L), (view.FileCount, view.GetRowCount()));
        Assert.AreEqual(new ImageDataViewType(3, 5), view.Schema["Image"].Type);
        CollectionAssert.AreEqual(Enumerable.Range(0, 10).Select(i => $"{i}").ToArray(), view.Classes.ToArray());
        CollectionAssert.AreEqual(Enumerable.Range(0, 20).Select(i => (uint)(i % 10) + 1).ToArray(), Rows.Labels(view));
        var pixels = Rows.Pixels(view);
        // Image 7, pixel 4: (7 · 15 + 4) mod 256.
        CollectionAssert.AreEqual(new byte[] { 109, 109, 109, 255 }, pixels[7].AsSpan(16, 4).ToArray());
        var split = view.Split(0.5);
        CollectionAssert.AreEquivalent(Rows.Paths(view), Rows.Paths(split.Train).Concat(Rows.Paths(split.Validation)).ToList());
        CollectionAssert.AreEqual(Rows.Labels(split.Train).Order().ToArray(), Rows.Labels(split.Validation).Order().ToArray());
    }

    [TestMethod]
    public void Both_parts_count_the_same_classes_and_classes_may_have_names()
    {
        using var folder = new TempFolder();
        Write(folder, "train", 4, highest: 2);
        Write(folder, "t10k", 15, highest: 14);

        Assert.HasCount(15, _ml.Data.LoadMnist(folder.Path).Classes);
        Assert.HasCount(15, _ml.Data.LoadMnist(folder.Path, MnistSplit.Test).Classes);
        CollectionAssert.AreEqual(new[] { "zero", "one", "two" }, Rows.KeyNames(_ml.Data.LoadMnist(folder.Path, classes: ["zero", "one", "two"])));
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadMnist(folder.Path, classes: ["zero", "one"])).Message, "label 2");
    }

    [TestMethod]
    [DataRow("train-images-idx3-ubyte")]
    [DataRow("train-images-idx3-ubyte.gz")]
    public void Files_that_are_too_short_or_too_long_are_errors(string images)
    {
        using var folder = new TempFolder();
        WriteLabels(folder["train-labels-idx1-ubyte"], 4);
        foreach (var (bytes, reason) in new[] { (47, "cut short"), (49, "3 × 4"), (0, "3 × 4"), (-4, "header") })
        {
            WriteFile(folder[images], Header(3, 4, 3, 4).Concat(new byte[Math.Max(0, bytes)]).Take(16 + bytes).ToArray());
            var error = Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadMnist(folder.Path));
            StringAssert.Contains(error.Message, images);
            StringAssert.Contains(error.Message, reason);
        }
    }

    [TestMethod]
    [DataRow("train-images-idx3-ubyte")]
    [DataRow("train-images-idx3-ubyte.gz")]
    public void A_header_that_lies_takes_no_memory(string images)
    {
        using var folder = new TempFolder();
        WriteLabels(folder["train-labels-idx1-ubyte"], 4);
        foreach (var header in new[] { Header(3, 2_000_000_000, 28, 28), Header(3, int.MaxValue, int.MaxValue, int.MaxValue), Header(3, 4, 0, 4), Header(3, -1, 28, 28), Header(2, 4, 28, 28) })
        {
            WriteFile(folder[images], [.. header, .. new byte[100]]);
            var before = GC.GetAllocatedBytesForCurrentThread();
            StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadMnist(folder.Path)).Message, images);
            Assert.IsLessThan(10_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [TestMethod]
    public void Files_that_are_missing_or_of_another_number_are_errors()
    {
        using var folder = new TempFolder();
        StringAssert.Contains(Assert.ThrowsExactly<FileNotFoundException>(() => _ml.Data.LoadMnist(folder.Path)).Message, "train-images-idx3-ubyte");
        WriteImages(folder["train-images-idx3-ubyte"], 4, 2, 2);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadMnist(folder.Path)).Message, "labels");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadImageFolder(folder.Path)).Message, "no file of the labels");
        WriteLabels(folder["train-labels-idx1-ubyte"], 5);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadMnist(folder.Path)).Message, "4 images");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadImageFolder(folder.Path)).Message, "LoadMnist");
        File.WriteAllText(folder["train-labels-idx1-ubyte.gz"], "this is not packed");
        File.Delete(folder["train-labels-idx1-ubyte"]);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadMnist(folder.Path)).Message, "not packed with gzip");
    }

    private static void Write(TempFolder folder, string part, int count, int highest)
    {
        WriteImages(folder[$"{part}-images-idx3-ubyte"], count, 2, 2);
        WriteFile(folder[$"{part}-labels-idx1-ubyte"], [.. Header(1, count), .. Enumerable.Range(0, count).Select(i => (byte)(i % (highest + 1)))]);
    }

    private static void WriteImages(string path, int count, int height, int width) =>
        WriteFile(path, [.. Header(3, count, height, width), .. Enumerable.Range(0, count * height * width).Select(i => (byte)i)]);

    private static void WriteLabels(string path, int count) => WriteFile(path, [.. Header(1, count), .. Enumerable.Range(0, count).Select(i => (byte)(i % 10))]);

    private static byte[] Header(byte dimensions, params int[] sizes)
    {
        var header = new byte[4 + (4 * sizes.Length)];
        (header[2], header[3]) = (8, dimensions);
        for (var i = 0; i < sizes.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + (4 * i)), sizes[i]);
        return header;
    }

    private static void WriteFile(string path, byte[] content)
    {
        using Stream file = File.Create(path);
        if (!path.EndsWith(".gz", StringComparison.Ordinal))
        {
            file.Write(content);
            return;
        }
        using var packed = new GZipStream(file, CompressionLevel.Optimal);
        packed.Write(content);
    }
}
