using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Rf3d.MLNet.Tests.Torch;

namespace Rf3d.MLNet.Tests.Datasets;

[TestClass]
public sealed class DrawnShapesTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void Image_i_of_a_seed_is_always_the_same_whatever_else_is_drawn()
    {
        var few = _ml.Data.LoadDrawnShapes(20, seed: 7);
        var many = _ml.Data.LoadDrawnShapes(1000, seed: 7);
        var inOrder = Rows.Pixels(many, 20);
        CollectionAssert.AreEqual(Rows.Labels(few), Rows.Labels(many)[..20]);
        Assert.IsTrue(inOrder.Zip(Rows.Pixels(few)).All(pair => pair.First.SequenceEqual(pair.Second)));

        using var cursor = many.GetRowCursor(many.Schema, new Random(1));
        var getId = cursor.GetIdGetter();
        var getImage = cursor.GetGetter<MLImage>(many.Schema["Image"]);
        DataViewRowId id = default;
        MLImage image = null!;
        while (cursor.MoveNext())
        {
            getId(ref id);
            if (id.Low >= 20)
                continue;
            getImage(ref image);
            Assert.IsTrue(image.Pixels.SequenceEqual(inOrder[(int)id.Low]));
        }
        image.Dispose();
    }

    [TestMethod]
    public void The_drawn_bytes_are_the_same_on_every_platform_and_in_every_version()
    {
        // Changes only with the drawing itself: results reported for this data set would then no longer compare.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var pixels in Rows.Pixels(_ml.Data.LoadDrawnShapes(100)))
            hash.AppendData(pixels);
        Assert.AreEqual("d83512fedbf40e52b46e24ee7a4f889be23bac55f95b85a3dd2f21fec7c94d0e", Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    [TestMethod]
    public void Seeds_differ_also_where_they_are_neighbours()
    {
        var one = Rows.Pixels(_ml.Data.LoadDrawnShapes(50, seed: 1));
        var two = Rows.Pixels(_ml.Data.LoadDrawnShapes(50, seed: 2));
        var minus = Rows.Pixels(_ml.Data.LoadDrawnShapes(50, seed: -1));
        var different = one.Concat(two).Concat(minus).Select(Convert.ToHexString).Distinct().Count();
        Assert.AreEqual(150, different);
    }

    [TestMethod]
    public void Classes_are_balanced_in_each_ten_rows_and_named_in_words()
    {
        var view = _ml.Data.LoadDrawnShapes(95);
        var labels = Rows.Labels(view);

        foreach (var ten in labels.Chunk(10))
            Assert.HasCount(ten.Length, ten.Distinct());
        Assert.HasCount(95, labels);
        Assert.AreNotEqual(string.Join(",", labels[..10]), string.Join(",", labels[10..20]));
        var names = Rows.KeyNames(view);
        Assert.HasCount(10, names.Distinct());
        CollectionAssert.Contains(names, "red striped disc");
        Assert.AreEqual(new ImageDataViewType(32, 32), view.Schema["Image"].Type);
    }

    [TestMethod]
    public void Other_sizes_show_the_same_scene()
    {
        var small = _ml.Data.LoadDrawnShapes(10, size: 32);
        var large = _ml.Data.LoadDrawnShapes(10, size: 64);

        Assert.AreEqual(new ImageDataViewType(64, 64), large.Schema["Image"].Type);
        CollectionAssert.AreEqual(Rows.Labels(small), Rows.Labels(large));
        var differences = Rows.Pixels(small).Zip(Rows.Pixels(large)).Select(pair => Math.Abs(pair.First.Average(v => v) - pair.Second.Average(v => v)));
        Assert.IsLessThan(2, differences.Max());
    }

    [TestMethod]
    public void Counts_and_sizes_out_of_range_are_errors()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _ml.Data.LoadDrawnShapes(0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _ml.Data.LoadDrawnShapes(1, size: 15));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _ml.Data.LoadDrawnShapes(1, size: 1025));
    }

    [TestMethod]
    public void A_linear_model_on_pixels_stays_below_seventy_percent_and_above_chance()
    {
        var pixels = _ml.Transforms.ExtractPixels("Features", "Image", scaleImage: 1 / 255f);
        var train = _ml.Data.LoadDrawnShapes(2000, seed: 1);
        var transformer = pixels.Fit(train);
        var trainer = _ml.MulticlassClassification.Trainers.SdcaMaximumEntropy(maximumNumberOfIterations: 20);

        var model = trainer.Fit(_ml.Data.Cache(transformer.Transform(train)));

        var test = transformer.Transform(_ml.Data.LoadDrawnShapes(1000, seed: 2));
        var accuracy = _ml.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy;
        Console.WriteLine($"Linear model on pixels: {accuracy:P1}");
        Assert.IsTrue(accuracy is > 0.15 and < 0.70, $"{accuracy}");
    }

    [TestMethod]
    public void Memory_does_not_grow_with_the_number_of_images()
    {
        // 8,000 images are 32 MB of pixels; the view claims two thousand million, and is read shuffled.
        var view = _ml.Data.LoadDrawnShapes(int.MaxValue);
        using var cursor = view.GetRowCursor(view.Schema, new Random(1));
        var getter = cursor.GetGetter<MLImage>(view.Schema["Image"]);
        MLImage image = null!;
        long? before = 0;
        for (var i = 0; i < 8000; i++)
        {
            Assert.IsTrue(cursor.MoveNext());
            getter(ref image);
            if (i == 200)
                before = NativeHeap.BytesInUse();
        }
        // Pixels are outside the managed heap.
        if (NativeHeap.BytesInUse() - before is { } grown)
            Assert.IsLessThan(4L << 20, grown, $"Native code holds {grown >> 10} KB more.");
        image.Dispose();
    }
}
