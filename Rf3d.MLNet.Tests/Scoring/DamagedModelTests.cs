using System.IO.Compression;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Microsoft.ML;
using Rf3d.MLNet.OnnxFormat;
using Rf3d.MLNet.Tests.Estimator;

namespace Rf3d.MLNet.Tests.Scoring;

/// <summary>A damaged model is an error or scores as it did, whatever reads it.</summary>
[TestClass]
public sealed class DamagedModelTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    [FieldReport(7)]
    public void Flipped_bits_are_an_error_or_change_no_score()
    {
        var random = new Random(11);
        using var image = SmallTask.Plain([200, 30, 90], 16, 16);
        float[] expected;
        using (var model = Load(SavedModels.First))
            expected = [.. model.Predict(image).Scores];
        var (refused, same) = (0, 0);
        foreach (var place in Places(SavedModels.First, random))
        {
            var content = SavedModels.First.ToArray();
            content[place] ^= (byte)(1 << random.Next(8));
            try
            {
                using var model = Load(content);
                CollectionAssert.AreEqual(expected, model.Predict(image).Scores.ToArray(), $"Byte {place}");
                same++;
            }
            catch (Exception error) when (error is FormatException or InvalidDataException)
            {
                refused++;
            }
        }
        Assert.IsGreaterThan(80, refused);
        // Dates and the like.
        Assert.IsGreaterThan(5, same);
    }

    [TestMethod]
    [FieldReport(15)]
    public void Entries_that_change_places_are_an_error()
    {
        using var packed = new MemoryStream();
        packed.Write(SavedModels.First);
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Update, leaveOpen: true))
        {
            var (first, second) = (zip.Entries.First(entry => entry.FullName.EndsWith("OnnxModel", StringComparison.Ordinal)), zip.Entries.Last(entry => entry.FullName.EndsWith("Model.key", StringComparison.Ordinal)));
            var (one, two) = (Bytes(first), Bytes(second));
            Replace(first, two);
            Replace(second, one);
        }
        var error = Assert.ThrowsExactly<InvalidDataException>(() => Load(packed.ToArray()));
        Assert.Contains("model.zip' is not a model of this trainer", error.Message);
        Assert.Contains("model.zip", Assert.ThrowsExactly<FormatException>(() => WarmStartSource.Read(_folder["model.zip"])).Message);
    }

    [TestMethod]
    [FieldReport(15)]
    public void A_small_file_that_unpacks_to_much_is_refused_before_it_is_read()
    {
        using var packed = new MemoryStream();
        packed.Write(SavedModels.First);
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Update, leaveOpen: true))
        {
            using var entry = zip.CreateEntry("TransformerChain/zeros").Open();
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 70; i++)
                entry.Write(zeros);
        }
        Assert.IsLessThan(2_000_000, packed.Length);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => Load(packed.ToArray()));
        Assert.Contains("TransformerChain/zeros' would unpack from", error.Message);
        Assert.Contains("would unpack from", Assert.ThrowsExactly<FormatException>(() => WarmStartSource.Read(_folder["model.zip"])).Message);
    }

    [TestMethod]
    [DataRow("original")]
    [DataRow("receptiveField")]
    [DataRow("steps")]
    [DataRow("skipped")]
    [DataRow("replacements")]
    [DataRow("rejected")]
    public void A_record_that_lacks_a_part_of_its_plan_is_refused(string part)
    {
        using var content = new MemoryStream();
        content.Write(SavedModels.First);
        var own = SavedModelFile.OwnNetwork(content)!.Value;
        var network = OnnxWeights.Parse(own.Network)!;
        var record = network.MetadataProps.Single(entry => entry.Key == ModelRecord.Key);
        var json = JsonNode.Parse(record.Value)!;
        Assert.IsTrue(json["plan"]!.AsObject().Remove(part));
        json["resized"] = new JsonObject { ["height"] = 64, ["width"] = 64 };
        record.Value = json.ToJsonString();
        SavedModelFile.ReplaceNetwork(content, network.ToByteArray(), own.Index);
        var error = Assert.ThrowsExactly<FormatException>(() => Load(content.ToArray()));
        Assert.Contains($"model.zip' is not a model of this trainer: its plan lacks '{part}'", error.Message);
        Assert.IsNull(WarmStartSource.CropShareOf(_folder["model.zip"]));
    }

    [TestMethod]
    public void A_record_that_comes_twice_or_has_no_classes_is_refused_by_all_that_reads_it()
    {
        foreach (var change in new Action<ModelProto>[]
        {
            network => network.MetadataProps.Add(RecordOf(network).Clone()),
            network => Change(RecordOf(network), json => json["classes"] = null),
            network => Change(RecordOf(network), json => json["classes"]!.AsArray()[3] = null),
        })
        {
            using var content = new MemoryStream();
            content.Write(SavedModels.First);
            var own = SavedModelFile.OwnNetwork(content)!.Value;
            var network = OnnxWeights.Parse(own.Network)!;
            change(network);
            SavedModelFile.ReplaceNetwork(content, network.ToByteArray(), own.Index);
            Assert.Contains("model.zip' is not a model of this trainer", Assert.ThrowsExactly<FormatException>(() => Load(content.ToArray())).Message);
            Assert.Contains("model.zip", Assert.ThrowsExactly<FormatException>(() => Rf3dSavedModel.StoreMinConfidence(_folder["model.zip"], 0.5f)).Message);
        }

        static StringStringEntryProto RecordOf(ModelProto network) => network.MetadataProps.Single(entry => entry.Key == ModelRecord.Key);

        static void Change(StringStringEntryProto record, Action<JsonNode> change)
        {
            var json = JsonNode.Parse(record.Value)!;
            change(json);
            record.Value = json.ToJsonString();
        }
    }

    [TestMethod]
    [FieldReport(15)]
    public void No_room_for_temporary_files_is_an_error_of_the_disk()
    {
        File.WriteAllText(_folder["file"], "");
        var mlContext = new MLContext { TempFilePath = _folder["file", "in", "a", "file"] };
        var error = Assert.ThrowsExactly<IOException>(() => Rf3dSavedModel.Load(mlContext, SavedModels.Write(_folder["model.zip"])));
        Assert.StartsWith($"'{_folder["model.zip"]}' cannot be loaded: ", error.Message);
    }

    [TestMethod]
    [FieldReport(31)]
    public void A_gpu_that_ONNX_Runtime_does_not_have_is_named_or_done_without()
    {
        if (OnnxDevice.HasGpu && CudaDriver.Count() > 0)
            Assert.Inconclusive("Skipped: ONNX Runtime has a GPU here.");
        SavedModels.Write(_folder["model.zip"]);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Rf3dSavedModel.Load(new MLContext { GpuDeviceId = 0 }, _folder["model.zip"]));
        Assert.StartsWith("GpuDeviceId is 0, and", error.Message);
        using var model = Rf3dSavedModel.Load(new MLContext { GpuDeviceId = 0, FallbackToCpu = true }, _folder["model.zip"]);
        using var image = SmallTask.Plain([200, 30, 90], 16, 16);
        Assert.HasCount(10, model.Predict(image).Scores);
    }

    /// <summary>Some bytes of the content of each entry, and of its headers in the archive.</summary>
    private static IEnumerable<int> Places(byte[] content, Random random)
    {
        using var zip = new ZipArchive(new MemoryStream(content));
        var end = 0;
        foreach (var entry in zip.Entries)
        {
            var header = content.AsSpan(end).IndexOf("PK\u0003\u0004"u8) + end;
            var data = header + 30 + entry.FullName.Length;
            end = data + (int)entry.CompressedLength;
            foreach (var _ in Enumerable.Range(0, 8))
                yield return random.Next(data, end);
            yield return random.Next(header, data);
        }
        foreach (var _ in Enumerable.Range(0, 60))
            yield return random.Next(end, content.Length);
    }

    private static byte[] Bytes(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private static void Replace(ZipArchiveEntry entry, byte[] content)
    {
        using var stream = entry.Open();
        stream.SetLength(0);
        stream.Write(content);
    }

    private Rf3dSavedModel Load(byte[] content) => Rf3dSavedModel.Load(new MLContext(), SavedModels.Write(_folder["model.zip"], content));
}
