using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.MLNet.Tests.Estimator;

namespace Rf3d.MLNet.Tests.Scoring;

/// <summary>Two saved models of the same task with other weights, trained once for all tests.</summary>
internal static class SavedModels
{
    private static readonly Lazy<byte[]> LazyFirst = new(() => Train(1));
    private static readonly Lazy<byte[]> LazySecond = new(() => Train(2));

    public static byte[] First => LazyFirst.Value;

    public static byte[] Second => LazySecond.Value;

    public static string Write(string path, byte[]? model = null)
    {
        File.WriteAllBytes(path, model ?? First);
        return path;
    }

    /// <summary>Image files of several sizes, the model's own among them.</summary>
    public static string[] Images(TempFolder folder, int count)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var path = folder.New("images", $"{i:000}.png");
            SmallTask.WritePng(path, [(byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)], i % 3 == 0 ? 16 : 9 + i, i % 3 == 0 ? 16 : 20);
            return path;
        })];
    }

    /// <summary>A file that is named like an image and ends early.</summary>
    public static string CutImage(TempFolder folder)
    {
        var path = folder["cut.png"];
        SmallTask.WritePng(path, [9, 9, 9], 40, 40);
        var content = File.ReadAllBytes(path);
        File.WriteAllBytes(path, content[..(content.Length * 3 / 4)]);
        return path;
    }

    /// <summary>The scores of files by ML.NET alone.</summary>
    public static float[][] ScoresOfMLNet(byte[] model, IEnumerable<string> files)
    {
        var mlContext = new MLContext();
        using var stream = new MemoryStream(model);
        var loaded = mlContext.Model.Load(stream, out _);
        var rows = mlContext.Data.LoadFromEnumerable(files.Select(file => new ImageFile { Path = file }));
        var images = mlContext.Transforms.LoadImages("Image", "", nameof(ImageFile.Path)).Fit(rows).Transform(rows);
        var scores = loaded.Transform(images).GetColumn<float[]>("Score").ToArray();
        (loaded as IDisposable)?.Dispose();
        return scores;
    }

    public static void AssertSameScores(float[][] expected, IReadOnlyList<ImagePrediction> actual)
    {
        Assert.HasCount(expected.Length, actual);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(i, actual[i].Index);
            ScoringFixture.AssertClose(expected[i], [.. actual[i].Scores]);
            Assert.AreEqual(expected[i].Max(), actual[i].Probability, 1e-5);
        }
    }

    private static byte[] Train(int seed)
    {
        var mlContext = new MLContext(seed);
        var data = SmallTask.Images(mlContext, 60);
        using var model = SmallTask.Trainer(mlContext, options => options.Epoch = 1).Fit(data);
        using var stream = new MemoryStream();
        mlContext.Model.Save(model, data.Schema, stream);
        return stream.ToArray();
    }

    private sealed class ImageFile
    {
        public string Path { get; set; } = "";
    }
}
