using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Rf3d.MLNet.Tests.Datasets;

/// <summary>The views in the hands of ML.NET's own operations.</summary>
[TestClass]
public sealed class MLNetOperationsTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void TrainTestSplit_divides_the_rows_with_their_images()
    {
        var view = _ml.Data.LoadDrawnShapes(400);

        var split = _ml.Data.TrainTestSplit(view, testFraction: 0.25, seed: 1);

        var train = Rows.Pixels(split.TrainSet).Select(Convert.ToHexString).ToList();
        var test = Rows.Pixels(split.TestSet).Select(Convert.ToHexString).ToList();
        Assert.AreEqual(400, train.Count + test.Count);
        Assert.IsTrue(test.Count is > 60 and < 140);
        Assert.IsFalse(train.Intersect(test).Any());
        CollectionAssert.AreEqual(Rows.KeyNames(view), Rows.KeyNames(split.TestSet));
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void CreateEnumerable_gives_an_image_that_lasts_until_the_next_row(bool reuseRowObject)
    {
        var count = 0;
        MLImage? last = null;
        foreach (var row in _ml.Data.CreateEnumerable<Row>(_ml.Data.LoadDrawnShapes(30), reuseRowObject))
        {
            Assert.IsTrue(row.Image!.Width == 32 && row.Label is >= 1 and <= 10);
            last = row.Image;
            count++;
        }
        Assert.AreEqual(30, count);
        Assert.AreEqual(32, last!.Height);
        last.Dispose();
    }

    [TestMethod]
    public void Preview_shows_rows()
    {
        var preview = _ml.Data.LoadDrawnShapes(30).Preview(maxRows: 5);
        Assert.HasCount(5, preview.RowView);
        Assert.HasCount(2, preview.ColumnView);
    }

    [TestMethod]
    public void ResizeImages_and_ExtractPixels_read_the_colours_in_their_places()
    {
        var view = _ml.Data.LoadDrawnShapes(12);
        var pipeline = _ml.Transforms.ResizeImages("Small", 16, 16, "Image")
            .Append(_ml.Transforms.ExtractPixels("Pixels", "Image", interleavePixelColors: true))
            .Append(_ml.Transforms.ExtractPixels("SmallPixels", "Small"));

        var data = pipeline.Fit(view).Transform(view);

        var pixels = data.GetColumn<float[]>("Pixels").ToList();
        var drawn = Rows.Pixels(view);
        Assert.AreEqual(3 * 16 * 16, data.GetColumn<float[]>("SmallPixels").First().Length);
        Assert.HasCount(12, pixels);
        // The default order of ExtractPixels is alpha, red, green, blue without alpha; the drawing is red, green, blue, alpha.
        for (var i = 0; i < 12; i++)
            CollectionAssert.AreEqual(drawn[i].Where((_, at) => at % 4 != 3).Select(v => (float)v).ToArray(), pixels[i]);
    }

    [TestMethod]
    public void Shuffling_and_caching_work_on_extracted_pixels()
    {
        var view = _ml.Data.LoadDrawnShapes(100);
        var data = _ml.Transforms.ExtractPixels("Pixels", "Image").Fit(view).Transform(view);

        var shuffled = _ml.Data.ShuffleRows(_ml.Data.Cache(data, "Label", "Pixels"), seed: 3);

        var sums = shuffled.GetColumn<float[]>("Pixels").Select(row => row.Sum()).ToList();
        var original = data.GetColumn<float[]>("Pixels").Select(row => row.Sum()).ToList();
        CollectionAssert.AreNotEqual(original, sums);
        CollectionAssert.AreEquivalent(original, sums);
        CollectionAssert.AreEquivalent(Rows.Labels(view), Rows.Labels(shuffled));
    }

    [TestMethod]
    public void ShuffleRows_of_images_keeps_the_labels()
    {
        // ML.NET cannot pool images and leaves their column out; the documentation of the loaders says so.
        var shuffled = _ml.Data.ShuffleRows(_ml.Data.LoadDrawnShapes(100));
        Assert.IsNull(shuffled.Schema.GetColumnOrNull("Image"));
        Assert.HasCount(100, Rows.Labels(shuffled));
    }

    private sealed class Row
    {
        [ImageType(32, 32)]
        public MLImage? Image { get; set; }

        [KeyType(10)]
        public uint Label { get; set; }
    }
}
