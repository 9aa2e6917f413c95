using System.IO.Compression;
using System.Text;
using Google.Protobuf;
using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet.Tests.Datasets;
using Rf3d.MLNet.Tests.Onnx;
using Rf3d.MLNet.Tests.Scoring;

namespace Rf3d.MLNet.Tests.Fuzz;

/// <summary>The findings of <c>fuzz</c>, each with a file of its own.</summary>
[TestClass]
public sealed class FindingsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    [DataRow("Microsoft.ML", "Microsofp.ML")]
    [DataRow("PublicKeyToken", "PublicKey,oken")]
    public void A_model_that_names_an_assembly_wrongly_is_an_error_that_names_the_file(string name, string wrong)
    {
        var path = SavedModels.Write(_folder["model.zip"], SavedModels.First);
        var count = 0;
        using (var zip = ZipFile.Open(path, ZipArchiveMode.Update))
        {
            foreach (var entry in zip.Entries.Where(entry => entry.FullName.EndsWith("Model.key", StringComparison.Ordinal)))
                count += Replace(entry, Encoding.Unicode.GetBytes(name), Encoding.Unicode.GetBytes(wrong));
        }
        Assert.IsGreaterThan(0, count);
        var error = Assert.ThrowsExactly<FormatException>(() => Rf3dSavedModel.Load(new MLContext(), path));
        Assert.Contains(path, error.Message);
        Assert.Contains("ML.NET cannot load it", error.Message);
    }

    [TestMethod]
    public void An_archive_of_CIFAR_with_a_changed_pixel_is_refused()
    {
        CifarFixture.Write10(_folder["cifar"]);
        CifarFixture.Pack(_folder["cifar"], _folder["intact.tar.gz"]);
        using var tar = new MemoryStream();
        using (var gzip = new GZipStream(File.OpenRead(_folder["intact.tar.gz"]), CompressionMode.Decompress))
            gzip.CopyTo(tar);
        // Stored as it is, the content has nothing that a changed byte makes unreadable: only the checksum shows it.
        using (var gzip = new GZipStream(File.Create(_folder["stored.tar.gz"]), CompressionLevel.NoCompression))
            gzip.Write(tar.ToArray());
        var content = File.ReadAllBytes(_folder["stored.tar.gz"]);
        var pixels = content.AsSpan().IndexOf(Enumerable.Repeat((byte)3, 500).ToArray());
        Assert.IsGreaterThan(0, pixels);
        content[pixels + 100] ^= 1;
        File.WriteAllBytes(_folder["changed.tar.gz"], content);

        var data = new MLContext().Data;
        Assert.IsNotNull(data.LoadCifar10(_folder["stored.tar.gz"]));
        var error = Assert.ThrowsExactly<InvalidDataException>(() => data.LoadCifar10(_folder["changed.tar.gz"]));
        Assert.Contains("changed.tar.gz' could not be unpacked", error.Message);
        Assert.IsFalse(Directory.Exists(_folder["changed.tar.gz.unpacked"]));
    }

    [TestMethod]
    [DataRow(0, 8, 4, true, "Conv")]
    [DataRow(8, 3, 4, true, "BatchNormalization")]
    [DataRow(8, 8, 0, true, "head.classifier")]
    [DataRow(8, 8, 4, false, "BatchNormalization")]
    public void A_network_with_too_few_numbers_is_an_error_that_names_the_layer(int biases, int scales, int classBiases, bool hasVariance, string layer)
    {
        var sketch = new OnnxSketch();
        var maps = sketch.Node("Conv", [sketch.Input, sketch.Weights(8, 3, 1, 1), sketch.Weights(biases)]);
        string[] variance = hasVariance ? [sketch.Weights(8)] : [];
        maps = sketch.Node("BatchNormalization", [maps, sketch.Weights(scales), sketch.Weights(8), sketch.Weights(8), .. variance], new OnnxAttribute("epsilon", 1e-3f));
        var features = sketch.Flatten(sketch.Node("GlobalAveragePool", [sketch.Relu(maps)]));
        sketch.Output(sketch.Node("Gemm", [features, sketch.Weights(4, 8), sketch.Weights(classBiases)], new OnnxAttribute("transB", 1)));
        File.WriteAllBytes(_folder["network.onnx"], sketch.Model().ToByteArray());
        var error = Assert.ThrowsExactly<FormatException>(() => PretrainedReader.Read(_folder["network.onnx"]));
        Assert.Contains(_folder["network.onnx"], error.Message);
        Assert.Contains(layer, error.Message);
    }

    private static int Replace(ZipArchiveEntry entry, byte[] old, byte[] other)
    {
        using var stream = entry.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        var content = copy.ToArray();
        var count = 0;
        for (var place = content.AsSpan().IndexOf(old); place >= 0; place = content.AsSpan().IndexOf(old))
        {
            other.CopyTo(content.AsSpan(place));
            count++;
        }
        stream.Position = 0;
        stream.Write(content);
        return count;
    }
}
