using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.MLNet.Tests.Estimator;

namespace Rf3d.MLNet.Tests.Scoring;

/// <summary>Files that are models, and files that are not: one of the documented exceptions, which names the file.</summary>
[TestClass]
public sealed class SavedModelLoadTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void A_missing_file_is_named()
    {
        var error = Assert.ThrowsExactly<FileNotFoundException>(() => Load(_folder["none.zip"]));
        Assert.AreEqual(_folder["none.zip"], error.FileName);
        Assert.Contains("There is no model", error.Message);
    }

    [TestMethod]
    [DataRow("", "it is empty")]
    [DataRow("This is no model.", "it is no .zip")]
    public void A_file_that_is_not_a_zip_is_named(string content, string reason)
    {
        File.WriteAllText(_folder["text.zip"], content);
        Assert.Contains($"text.zip' is not a model of this trainer: {reason}", Assert.ThrowsExactly<FormatException>(() => Load(_folder["text.zip"])).Message);
    }

    [TestMethod]
    public void Other_archives_and_models_of_other_trainers_are_named()
    {
        File.WriteAllText(_folder.New("files", "a.txt"), "text");
        ZipFile.CreateFromDirectory(_folder["files"], _folder["archive.zip"]);
        Assert.Contains("not one that ML.NET saved a model to", Assert.ThrowsExactly<FormatException>(() => Load(_folder["archive.zip"])).Message);

        var mlContext = new MLContext();
        var data = mlContext.Data.LoadFromEnumerable([new { Number = 1f }]);
        mlContext.Model.Save(mlContext.Transforms.CopyColumns("Copy", "Number").Fit(data), data.Schema, _folder["other.zip"]);
        Assert.Contains("an ML.NET model of something else (ColumnCopyingTransformer)", Assert.ThrowsExactly<FormatException>(() => Load(_folder["other.zip"])).Message);
    }

    [TestMethod]
    [FieldReport(15)]
    [DataRow(0.1)]
    [DataRow(0.5)]
    [DataRow(0.999)]
    public void A_file_that_is_cut_short_is_damaged(double share)
    {
        SavedModels.Write(_folder["cut.zip"], SavedModels.First[..(int)(share * SavedModels.First.Length)]);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => Load(_folder["cut.zip"]));
        Assert.Contains("cut.zip' is not a model of this trainer: it is cut short or damaged", error.Message);
    }

    [TestMethod]
    public void A_changed_byte_of_the_weights_is_found()
    {
        var content = SavedModels.First.ToArray();
        content[content.Length / 2] ^= 0x10;
        Assert.ThrowsExactly<InvalidDataException>(() => Load(SavedModels.Write(_folder["flipped.zip"], content)));
    }

    [TestMethod]
    [FieldReport(15)]
    public void However_a_file_is_damaged_the_error_is_one_of_two_and_names_it()
    {
        var random = new Random(4);
        var refused = 0;
        for (var i = 0; i < 60; i++)
        {
            var content = SavedModels.First.ToArray();
            // Headers are a small part of the file: half of the changes are among the names and sizes at its end.
            var place = i % 2 == 0 ? random.Next(content.Length) : content.Length - 1 - random.Next(1500);
            content[place] = (byte)random.Next(256);
            SavedModels.Write(_folder["damaged.zip"], content);
            try
            {
                Load(_folder["damaged.zip"]).Dispose();
            }
            catch (Exception error) when (error is FormatException or InvalidDataException)
            {
                refused++;
                Assert.StartsWith($"'{_folder["damaged.zip"]}' is not a model of this trainer: ", error.Message);
            }
        }
        Assert.IsGreaterThan(30, refused);
    }

    [TestMethod]
    public void An_entry_that_claims_more_than_2_GB_is_refused_before_it_is_read()
    {
        var content = SavedModels.First.ToArray();
        // The length in the last entry of the central directory.
        var entry = content.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(entry + 24), 3_000_000_000);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => Load(SavedModels.Write(_folder["large.zip"], content)));
        Assert.Contains("has 3.0 GB", error.Message);
    }

    [TestMethod]
    public void An_entry_that_unpacks_to_more_than_it_claims_is_refused()
    {
        var content = SavedModels.First.ToArray();
        var entry = content.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        var length = content.AsSpan(entry + 24);
        BinaryPrimitives.WriteUInt32LittleEndian(length, BinaryPrimitives.ReadUInt32LittleEndian(length) - 1);
        Assert.ThrowsExactly<InvalidDataException>(() => Load(SavedModels.Write(_folder["long.zip"], content)));
    }

    [TestMethod]
    public void A_file_that_is_refused_leaves_nothing_behind()
    {
        var mlContext = new MLContext { TempFilePath = _folder.New("temporary", "x")[..^2] };
        var data = mlContext.Data.LoadFromEnumerable(ScoringFixture.Photos());
        using (var chain = ScoringChain.Build(ScoringFixture.EnvironmentOf(mlContext), ScoringFixture.Settings(ScoringFixture.LabeledData(mlContext))))
            mlContext.Model.Save(chain, data.Schema, _folder["unknown.zip"]);
        // A network without a record.
        Assert.Contains("no record of the model", Assert.ThrowsExactly<FormatException>(() => Rf3dSavedModel.Load(mlContext, _folder["unknown.zip"])).Message);
        Assert.IsEmpty(Directory.GetFiles(mlContext.TempFilePath));
        Rf3dSavedModel.Load(mlContext, SavedModels.Write(_folder["model.zip"])).Dispose();
        Assert.IsEmpty(Directory.GetFiles(mlContext.TempFilePath));
    }

    [TestMethod]
    public void An_option_that_the_model_refuses_is_an_error_that_names_the_file_and_the_option()
    {
        var path = SavedModels.Write(_folder["model.zip"]);
        var error = Assert.ThrowsExactly<OptionConflictException>(() => Rf3dSavedModel.Load(new MLContext(), path, new() { MinTypicality = 0.05f }));
        Assert.StartsWith($"'{path}' cannot be loaded with these options: MinTypicality is 0.05, and", error.Message);
        Assert.StartsWith($"'{path}' cannot be loaded with these options: --min-typicality is 0.05, and", error.Text.Render(name => name == "MinTypicality" ? "--min-typicality" : name));
    }

    [TestMethod]
    public void A_stream_is_as_good_as_a_file_whether_it_can_seek_or_not()
    {
        using var seekable = new MemoryStream(SavedModels.First);
        using var model = Rf3dSavedModel.Load(new MLContext(), seekable);
        Assert.HasCount(10, model.Classes);
        Assert.AreEqual((16, 16, "Image", "Score"), (model.ImageHeight, model.ImageWidth, model.ImageColumnName, model.ScoreColumnName));
        Assert.IsNotNull(model.History);

        using var packed = new MemoryStream();
        using (var packing = new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            packing.Write(SavedModels.First);
        packed.Position = 0;
        using var unpacking = new BrotliStream(packed, CompressionMode.Decompress);
        using var same = Rf3dSavedModel.Load(new MLContext(), unpacking);
        CollectionAssert.AreEqual(model.Classes.ToArray(), same.Classes.ToArray());

        using var text = new MemoryStream("text"u8.ToArray());
        Assert.Contains("The content of the stream", Assert.ThrowsExactly<FormatException>(() => Rf3dSavedModel.Load(new MLContext(), text)).Message);
    }

    [TestMethod]
    public void A_saved_model_is_an_ordinary_transformer_that_saves_the_same_model()
    {
        var mlContext = new MLContext(1);
        using var model = Load(SavedModels.Write(_folder["model.zip"]));
        using var engine = mlContext.Model.CreatePredictionEngine<ScoringFixture.UnlabeledPhoto, Scored>(model, SchemaOfImages(mlContext));
        using var image = SmallTask.Plain([200, 10, 30], 16, 16);
        var first = engine.Predict(new() { Image = image }).Score;
        // ML.NET's own loaded model would have disposed the image.
        CollectionAssert.AreEqual(first, engine.Predict(new() { Image = image }).Score);
        ScoringFixture.AssertClose(first, [.. model.Predict(image).Scores]);

        mlContext.Model.Save(model, model.InputSchema, _folder["copy.zip"]);
        using var copy = Load(_folder["copy.zip"]);
        ScoringFixture.AssertClose(first, [.. copy.Predict(image).Scores]);
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }

    private static DataViewSchema SchemaOfImages(MLContext mlContext) => mlContext.Data.LoadFromEnumerable(Array.Empty<ScoringFixture.UnlabeledPhoto>()).Schema;

    private static Rf3dSavedModel Load(string path) => Rf3dSavedModel.Load(new MLContext(), path);
}
