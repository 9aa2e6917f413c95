using System.Collections.Concurrent;
using Microsoft.ML;
using Microsoft.ML.Data;
using static Rf3d.MLNet.Tests.Estimator.ErrorAssert;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>Bad input: each error names the column, the row or the file, the problem and the remedy.</summary>
[TestClass]
public class BadInputTests
{
    private readonly MLContext _mlContext = new(1);

    private Rf3dImageClassificationTrainer Trainer(Action<Rf3dImageClassificationTrainer.Options>? change = null) => SmallTask.Trainer(_mlContext, change);

    [TestMethod]
    public void A_feature_column_that_holds_no_image()
    {
        var data = _mlContext.Data.LoadFromEnumerable([new { Path = "a.jpg", Label = "a" }, new { Path = "b.jpg", Label = "b" }]);
        AssertError<ArgumentException>(() => Trainer(o => o.FeatureColumnName = "Path").Fit(data), "'Path'", "String", "LoadImages");
        AssertError<ArgumentException>(() => Trainer().Fit(data), "'Image'", "FeatureColumnName", "Path, Label");
        // In a chain, the same is found before any training.
        var chain = _mlContext.Transforms.Conversion.MapValueToKey("Label").Append(Trainer(o => o.FeatureColumnName = "Path"));
        AssertError<ArgumentException>(() => chain.Fit(data), "'Path'", "images");
    }

    [TestMethod]
    public void A_label_that_is_no_key()
    {
        var rows = new[] { new SmallTask.Row { Label = "a", Image = SmallTask.Plain([1, 2, 3], 8, 8) } };
        AssertError<ArgumentException>(() => Trainer().Fit(_mlContext.Data.LoadFromEnumerable(rows)), "'Label'", "must be a key of UInt32", "MapValueToKey(\"Label\")");
        AssertError<ArgumentException>(() => Trainer(o => o.LabelColumnName = "Class").Fit(SmallTask.Images(_mlContext)), "'Class'", "LabelColumnName");
    }

    [TestMethod]
    public void One_class_only()
    {
        var data = SmallTask.FromMemory(_mlContext, ("cat", [1, 2, 3], 16, 16), ("cat", [3, 2, 1], 16, 16));
        AssertError<ArgumentException>(() => Trainer().Fit(data), "'Label'", "1 class", "at least 2");
        // The key knows ten classes, the images show one.
        var filtered = _mlContext.Data.FilterRowsByKeyColumnFraction(SmallTask.Images(_mlContext), "Label", 0, 0.1);
        AssertError<ArgumentException>(() => Trainer().Fit(filtered), "'red plain disc'", "at least 2 classes");
    }

    [TestMethod]
    public void A_key_of_more_classes_than_can_be_counted()
    {
        var schema = new DataViewSchema.Builder();
        schema.AddColumn("Label", new KeyDataViewType(typeof(uint), 3_000_000_000));
        AssertError<ArgumentException>(() => LabelColumn.Find(schema.ToSchema(), "Label", "data"), "'Label'", "3000000000 classes", "at most", "MapValueToKey");
    }

    [TestMethod]
    public void An_empty_set()
    {
        var empty = _mlContext.Data.SkipRows(SmallTask.Images(_mlContext, 20), 20);
        AssertError<ArgumentException>(() => Trainer().Fit(empty), "training data is empty");
        AssertError<ArgumentException>(() => Trainer().Fit(SmallTask.Images(_mlContext), empty), "validation data is empty");
        AssertError<ArgumentException>(() => Trainer(o => o.Network = null).Plan(empty), "The data is empty", "'Image'");
    }

    [TestMethod]
    public void A_row_without_an_image()
    {
        var rows = Enumerable.Range(0, 6).Select(i => new SmallTask.Row { Label = i % 2 == 0 ? "a" : "b", Image = i == 4 ? null : SmallTask.Plain([1, 2, 3], 16, 16) });
        var text = _mlContext.Data.LoadFromEnumerable(rows.ToList());
        var data = _mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(text).Transform(text);
        AssertError<InvalidDataException>(() => Trainer().Fit(data), "Row 4", "'Image'", "Filter");
    }

    [TestMethod]
    public void A_corrupt_image_in_a_folder_fails_with_its_path_or_is_skipped_and_reported()
    {
        using var folder = new TempFolder();
        foreach (var (label, blue) in new[] { ("a", (byte)0), ("b", (byte)200) })
        {
            Directory.CreateDirectory(folder[label]);
            for (var i = 0; i < 12; i++)
                SmallTask.WritePng(folder[$"{label}/{i}.png"], [(byte)(10 * i), 90, blue], 20, 20);
        }
        File.WriteAllText(folder["a/corrupt.png"], "no image");
        File.WriteAllBytes(folder["b/empty.png"], []);

        AssertError<InvalidDataException>(() => Trainer().Fit(_mlContext.Data.LoadImageFolder(folder.Path)), ".png", folder.Path, "OnBadImage");
        AssertError<InvalidDataException>(() => Trainer(o => o.Network = null).Fit(_mlContext.Data.LoadImageFolder(folder.Path)), ".png", "OnBadImage");

        var skipping = _mlContext.Data.LoadImageFolder(folder.Path, new() { OnBadImage = Rf3d.Datasets.BadImageAction.Skip });
        using var model = Trainer(o => o.BatchSize = 8).Fit(skipping);
        Assert.AreEqual(24, model.History.TrainingImages + model.History.ValidationImages);
        CollectionAssert.AreEquivalent(new[] { folder["a/corrupt.png"], folder["b/empty.png"] }, skipping.SkippedImages.Select(image => image.Path).ToList());

        // A fifth of all files, with the network's size given and worked out from the images.
        for (var i = 0; i < 4; i++)
            File.WriteAllText(folder[$"a/broken{i}.png"], "no image");
        skipping = _mlContext.Data.LoadImageFolder(folder.Path, new() { OnBadImage = Rf3d.Datasets.BadImageAction.Skip });
        AssertError<InvalidDataException>(() => Trainer().Fit(skipping), "Too many images", "of 30", "MaxBadImageFraction", folder.Path);
        AssertError<InvalidDataException>(() => Trainer(o => o.Network = null).Fit(skipping), "Too many images", "MaxBadImageFraction");
    }

    [TestMethod]
    public void Rows_without_a_label_are_left_out_with_a_warning()
    {
        var messages = new ConcurrentQueue<string>();
        _mlContext.Log += (_, log) => messages.Enqueue(log.Message);
        var rows = Enumerable.Range(0, 20).Select(i => new SmallTask.Row { Label = i < 3 ? "unknown" : i % 2 == 0 ? "a" : "b", Image = SmallTask.Plain([1, 2, (byte)i], 16, 16) }).ToList();
        var keys = _mlContext.Data.LoadFromEnumerable([new { Label = "a" }, new { Label = "b" }]);
        var text = _mlContext.Data.LoadFromEnumerable(rows);
        var data = _mlContext.Transforms.Conversion.MapValueToKey("Label", keyData: keys).Fit(text).Transform(text);
        using var model = Trainer(o => o.BatchSize = 4).Fit(data);
        Assert.AreEqual(17, model.History.TrainingImages + model.History.ValidationImages);
        Assert.Contains(message => message.Contains("3 rows of the training data have no label in 'Label'", StringComparison.Ordinal), messages);
    }

    [TestMethod]
    public void Validation_data_with_other_classes()
    {
        var train = SmallTask.FromMemory(_mlContext, ("a", [1, 2, 3], 16, 16), ("b", [3, 2, 1], 16, 16));
        var validation = SmallTask.FromMemory(_mlContext, ("b", [1, 2, 3], 16, 16), ("a", [3, 2, 1], 16, 16));
        AssertError<ArgumentException>(() => Trainer().Fit(train, validation), "[a, b]", "[b, a]", "MapValueToKey");
    }

    [TestMethod]
    public void Files_that_LoadImages_cannot_decode_are_named_by_their_row()
    {
        using var folder = new TempFolder();
        SmallTask.WritePng(folder["0.png"], [255, 0, 0], 16, 16);
        File.WriteAllText(folder["1.png"], "no image");
        var rows = Enumerable.Range(0, 40).Select(i => new { Path = i == 33 ? "1.png" : "0.png", Label = $"{i % 2}" });
        var paths = _mlContext.Data.LoadFromEnumerable(rows);
        var data = _mlContext.Transforms.LoadImages("Image", folder.Path, "Path").Append(_mlContext.Transforms.Conversion.MapValueToKey("Label")).Fit(paths).Transform(paths);
        AssertError<InvalidDataException>(() => Trainer().Fit(data), "Row 33", "'Image'", "Invalid input stream", "LoadImageFolder");
        // Where the size of the images has to be found first, too.
        AssertError<InvalidDataException>(() => Trainer(o => o.Network = null).Fit(data), "Row 33", "'Image'", "Invalid input stream", "LoadImageFolder");
        paths = _mlContext.Data.LoadFromEnumerable([new { Path = "1.png", Label = "a" }, new { Path = "1.png", Label = "b" }]);
        data = _mlContext.Transforms.LoadImages("Image", folder.Path, "Path").Append(_mlContext.Transforms.Conversion.MapValueToKey("Label")).Fit(paths).Transform(paths);
        AssertError<ArgumentException>(() => Trainer(o => o.Network = null).Fit(data), "No image in the column 'Image' can be read");
    }

    [TestMethod]
    public void A_schema_that_does_not_tell_the_image_size()
    {
        using var folder = new TempFolder();
        var paths = _mlContext.Data.LoadFromEnumerable([new { Path = "a.jpg", Label = "a" }, new { Path = "b.jpg", Label = "b" }]);
        var data = _mlContext.Transforms.LoadImages("Image", folder.Path, "Path").Append(_mlContext.Transforms.Conversion.MapValueToKey("Label")).Fit(paths).Transform(paths);
        AssertError<ArgumentException>(() => Trainer(o => o.Network = null).Plan(data.Schema), "'Image'", "ImageHeight and ImageWidth", "Plan(height, width, classes)");
    }

    [TestMethod]
    public void An_unwritable_path()
    {
        using var folder = new TempFolder();
        using var model = Trainer().Fit(SmallTask.Images(_mlContext, 40));
        AssertError<IOException>(() => { model.SaveAsOnnx(folder["absent/model.onnx"]); return 0; }, "absent/model.onnx", "Choose a folder that exists");
        Directory.CreateDirectory(folder["model.onnx"]);
        AssertError<IOException>(() => { model.SaveAsOnnx(folder["model.onnx"]); return 0; }, "model.onnx");
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Path));
        AssertError<IOException>(() => { _mlContext.Model.Save(model, null, folder["absent/model.zip"]); return 0; }, "absent/model.zip");
    }
}
