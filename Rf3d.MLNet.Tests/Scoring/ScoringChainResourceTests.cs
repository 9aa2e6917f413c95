using Microsoft.ML;
using Microsoft.ML.Data;
using static Rf3d.MLNet.Tests.Scoring.ScoringFixture;

namespace Rf3d.MLNet.Tests.Scoring;

[TestClass]
public sealed class ScoringChainResourceTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // ML.NET's own temporary files are named so one time in 32,768.
    [TestMethod]
    public void A_network_in_a_file_that_is_named_like_another_format_is_loaded_once_more()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["network.ort"], new byte[64]);
        var ml = new MLContext(1);
        var second = new TransformerChain<ITransformer>();
        var attempts = 0;
        Assert.AreSame(second, ScoringChain.LoadUnlessNamedOrt(() => ++attempts == 1 ? ml.Transforms.ApplyOnnxModel(folder["network.ort"]).Fit(ml.Data.LoadFromEnumerable(Array.Empty<Empty>())) : second));
        Assert.AreEqual(2, attempts);

        Assert.ThrowsExactly<IOException>(() => ScoringChain.LoadUnlessNamedOrt(() => throw new IOException($"attempt {++attempts}")));
        Assert.AreEqual(3, attempts);
    }

    [TestMethod]
    public void Disposing_deletes_the_temporary_file_of_the_network()
    {
        var ml = new MLContext { TempFilePath = _folder.Path };
        var data = LabeledData(ml);

        var chain = ScoringChain.Build(EnvironmentOf(ml), Settings(data));
        Assert.HasCount(1, Directory.GetFiles(_folder.Path));
        chain.Dispose();

        Assert.IsEmpty(Directory.GetFiles(_folder.Path));
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void A_context_with_a_gpu_scores_on_the_cpu_where_OnnxRuntime_has_no_gpu(bool fallback)
    {
        var ml = new MLContext { GpuDeviceId = 0, FallbackToCpu = fallback, TempFilePath = _folder.Path };
        var data = LabeledData(ml);

        using var chain = ScoringChain.Build(EnvironmentOf(ml), Settings(data));

        CollectionAssert.AreEqual(new uint[] { 1, 2, 3, 1, 2, 3 }, chain.Transform(data).GetColumn<uint>("PredictedLabel").ToArray());
        Assert.HasCount(1, Directory.GetFiles(_folder.Path));
        Assert.AreEqual(0, ml.GpuDeviceId);
    }

    [TestMethod]
    public void Images_from_files_are_scored_again_and_again_even_by_a_loaded_model()
    {
        var ml = new MLContext(seed: 1);
        foreach (var (photo, i) in Photos().Select((p, i) => (p, i)))
            photo.Image!.Save(_folder[$"{i}.png"]);
        var files = ml.Data.LoadFromEnumerable(Photos().Select((p, i) => new PhotoFile { Label = p.Label, File = $"{i}.png" }));
        var reading = ml.Transforms.Conversion.MapValueToKey("Label").Append(ml.Transforms.LoadImages("Image", _folder.Path, "File")).Fit(files);
        var data = reading.Transform(files);
        using var chain = ScoringChain.Build(EnvironmentOf(ml), Settings(data));

        var loaded = SaveAndLoad(ml, new TransformerChain<ITransformer>(reading, chain), files.Schema);

        for (var pass = 0; pass < 2; pass++)
        {
            CollectionAssert.AreEqual(new uint[] { 1, 2, 3, 1, 2, 3 }, chain.Transform(data).GetColumn<uint>("PredictedLabel").ToArray());
            CollectionAssert.AreEqual(new uint[] { 1, 2, 3, 1, 2, 3 }, loaded.Transform(files).GetColumn<uint>("PredictedLabel").ToArray());
        }
    }

    [TestMethod]
    public void Many_threads_score_the_same_as_one()
    {
        var ml = new MLContext(seed: 1);
        var random = new Random(1);
        var photos = Enumerable.Range(0, 500)
            .Select(_ => new Photo { Label = "red", Image = Image((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)) })
            .ToArray();
        using var chain = ScoringChain.Build(EnvironmentOf(ml), Settings(LabeledData(ml)));

        var scores = chain.Transform(LabeledData(ml, photos)).GetColumn<float[]>("Score").ToArray();

        for (var i = 0; i < photos.Length; i++)
        {
            var pixel = photos[i].Image!.Pixels;
            AssertClose(ExpectedScore(pixel[0], pixel[1], pixel[2]), scores[i]);
        }
    }

    private sealed class PhotoFile
    {
        public string Label { get; set; } = "";

        public string File { get; set; } = "";
    }

    private sealed class Empty
    {
        public float Value { get; set; }
    }
}
