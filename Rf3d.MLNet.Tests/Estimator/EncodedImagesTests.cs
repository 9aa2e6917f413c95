using System.IO.Compression;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.MLNet.Tests.Datasets;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>Images that come as the content of files, as Model Builder's code has them.</summary>
[TestClass]
public class EncodedImagesTests
{
    private readonly MLContext _mlContext = new(1);

    [TestMethod]
    public void A_pipeline_that_decodes_trains_saves_loads_and_predicts()
    {
        using var folder = new TempFolder();
        var rows = Rows(folder);
        var data = _mlContext.Data.LoadFromEnumerable(rows);
        var pipeline = _mlContext.Transforms.Conversion.MapValueToKey("Label")
            .Append(_mlContext.Transforms.DecodeImage("Image", "ImageSource"))
            .Append(SmallTask.Trainer(_mlContext, options => (options.Epoch, options.BatchSize, options.Network) = (1, 4, SmallTask.Network with { Classes = 2 })))
            .Append(_mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        var model = pipeline.Fit(data);
        _mlContext.Model.Save(model, data.Schema, folder["model.zip"]);

        var other = new MLContext(2);
        var loaded = other.Model.Load(folder["model.zip"], out _);

        var expected = _mlContext.Data.CreateEnumerable<Prediction>(model.Transform(data), reuseRowObject: false).ToList();
        using var engine = other.Model.CreatePredictionEngine<Input, Prediction>(loaded);
        foreach (var (row, prediction) in rows.Zip(expected))
            CollectionAssert.AreEqual(prediction.Score, engine.Predict(row).Score);
        Assert.Contains(expected[0].PredictedLabel, new[] { "a", "b" });

        // In an application without Rf3d.Datasets: nothing of that name is found.
        Rename(folder["model.zip"], "Rf3d.Datasets", "Rf3d.Datasetz");
        var error = Assert.Throws<Exception>(() => new MLContext().Model.Load(folder["model.zip"], out _));
        Assert.Contains("Rf3d.Datasetz", error.ToString());
    }

    [TestMethod]
    [FieldReport(28)]
    public void A_column_of_bytes_and_a_dropped_column_of_images_come_with_advice()
    {
        using var folder = new TempFolder();
        var data = _mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(_mlContext.Data.LoadFromEnumerable(Rows(folder)));
        var keyed = data.Transform(_mlContext.Data.LoadFromEnumerable(Rows(folder)));
        var error = Assert.ThrowsExactly<ArgumentException>(() => SmallTask.Trainer(_mlContext, options => options.FeatureColumnName = "ImageSource").Fit(keyed));
        StringAssert.Contains(error.Message, "DecodeImage(\"Image\", \"ImageSource\")");

        var images = SmallTask.Images(_mlContext, 20);
        foreach (var without in new[] { _mlContext.Data.Cache(images), _mlContext.Data.ShuffleRows(images) })
        {
            error = Assert.ThrowsExactly<ArgumentException>(() => SmallTask.Trainer(_mlContext).Fit(without));
            foreach (var part in new[] { "'Image'", "Cache", "AppendCacheCheckpoint", "ShuffleRows" })
                StringAssert.Contains(error.Message, part);
        }
    }

    [TestMethod]
    public void Content_that_is_no_image_is_an_error_when_its_image_is_read()
    {
        foreach (var content in new byte[][] { [], [1, 2, 3] })
        {
            var data = _mlContext.Data.LoadFromEnumerable([new Input { ImageSource = content, Label = "a" }]);
            var decoded = _mlContext.Transforms.DecodeImage("Image", "ImageSource").Fit(data).Transform(data);
            CollectionAssert.AreEqual(new[] { "ImageSource", "Label", "Image" }, decoded.Schema.Select(column => column.Name).ToArray());
            var error = Assert.Throws<Exception>(() => Datasets.Rows.Pixels(decoded));
            Assert.IsInstanceOfType<InvalidDataException>(error.GetBaseException() is InvalidDataException found ? found : error, error.ToString());
        }
    }

    [TestMethod]
    [FieldReport(2)]
    public void Photographs_are_turned_upright()
    {
        var data = _mlContext.Data.LoadFromEnumerable([new Input { ImageSource = PictureFiles.Photograph("png", 6), Label = "a" }]);
        var decoded = _mlContext.Transforms.DecodeImage("Image", "ImageSource").Fit(data).Transform(data);
        using var expected = Rf3d.Datasets.ImageReader.Read(PictureFiles.Photograph("png", 1));
        CollectionAssert.AreEqual(expected.Pixels.ToArray(), Datasets.Rows.Pixels(decoded).Single());
    }

    private static List<Input> Rows(TempFolder folder) =>
    [
        .. Enumerable.Range(0, 8).Select(i => new Input
        {
            ImageSource = File.ReadAllBytes(ImageFolderFixture.Image(folder["images", $"{i}.png"], (byte)(i % 2 * 200), 20, 18)),
            Label = i % 2 == 0 ? "a" : "b",
        }),
    ];

    private static void Rename(string path, string from, string to)
    {
        using var zip = ZipFile.Open(path, ZipArchiveMode.Update);
        foreach (var entry in zip.Entries.ToList())
        {
            using var content = new MemoryStream();
            using (var stream = entry.Open())
                stream.CopyTo(content);
            var bytes = content.ToArray();
            var text = Encoding.Latin1.GetString(bytes);
            // Names are in a table of UTF-16.
            foreach (var encoding in new[] { Encoding.UTF8, Encoding.Unicode })
                text = text.Replace(Encoding.Latin1.GetString(encoding.GetBytes(from)), Encoding.Latin1.GetString(encoding.GetBytes(to)), StringComparison.Ordinal);
            var changed = Encoding.Latin1.GetBytes(text);
            if (changed.SequenceEqual(bytes))
                continue;
            using var rewritten = entry.Open();
            rewritten.SetLength(0);
            rewritten.Write(changed);
        }
    }

    internal sealed class Input
    {
        public byte[]? ImageSource { get; set; }

        public string Label { get; set; } = "";
    }

    internal sealed class Prediction
    {
        public string PredictedLabel { get; set; } = "";

        public float[]? Score { get; set; }
    }
}
