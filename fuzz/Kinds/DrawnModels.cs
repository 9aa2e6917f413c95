using System.IO.Compression;
using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.Fuzz;

/// <summary>Networks with drawn weights, and models of them: the files that a training writes, without a training.</summary>
internal static class DrawnModels
{
    private const int Side = 16;

    public static ChannelStatistics Statistics => new([120, 110, 100], [60, 61, 62]);

    public static WeightTable Weights(NetworkLayout layout, ulong seed)
    {
        var random = new SplitMix64(seed);
        var table = new WeightTable();
        foreach (var (name, shape) in WeightShapes.Of(layout))
        {
            var inputs = shape.Skip(1).Aggregate(1L, (product, length) => product * length);
            var values = new float[shape[0] * inputs];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = name.EndsWith(WeightTable.NormScale, StringComparison.Ordinal) || name.EndsWith(WeightTable.NormVariance, StringComparison.Ordinal)
                    ? (float)random.Between(0.5, 1.5)
                    : (float)(random.Between(-2, 2) / Math.Sqrt(Math.Max(inputs, 16)));
            }
            table[name] = new(shape, values);
        }
        return table;
    }

    public static byte[] Onnx(ConvNet network, ulong seed)
    {
        var layout = NetworkLayout.Of(network);
        return OnnxWriter.Classifier(layout, Weights(layout, seed), Statistics, [new("classes", "[\"a\",\"b\"]")]);
    }

    /// <summary>The .zip of a classifier of drawn shapes.</summary>
    public static byte[] Zip(RgbColor? background, bool testTimeFlip, ulong seed)
    {
        var mlContext = new MLContext(1);
        var network = new ConvNet
        {
            Name = "small",
            Input = new TensorShape(3, Side, Side),
            Classes = 10,
            Stages = [Stage.Repeat(Block.Convolution(4), 2, new MaxPool(2, 2)), Stage.Repeat(Block.DepthwiseSeparable(8, stride: 2), 2)],
        };
        var plan = NetworkPlan.Create(network, new());
        var layout = NetworkLayout.Of(plan.Optimized);
        var options = new Rf3dImageClassificationTrainer.Options();
        var preprocessing = new ImagePreprocessing { ImageColumnName = options.FeatureColumnName, Height = Side, Width = Side, Background = background };
        var model = new TrainedModel(plan, layout, Weights(layout, seed), Statistics, [.. Enumerable.Range(0, 10).Select(number => $"class {number}")], preprocessing, testTimeFlip)
        {
            LabelColumnName = options.LabelColumnName,
            ScoreColumnName = options.ScoreColumnName,
        };
        var data = mlContext.Data.LoadDrawnShapes(10, 1, Side);
        using var chain = ModelAssembly.Chain(MLNetInternals.GetEnvironment(mlContext.MulticlassClassification.Trainers), model, options, data);
        using var stream = new MemoryStream();
        mlContext.Model.Save(chain, data.Schema, stream);
        return WithoutTimes(stream);
    }

    /// <summary>The entries of a .zip have the time of writing, which would make another corpus every time.</summary>
    private static byte[] WithoutTimes(MemoryStream content)
    {
        using var copy = new MemoryStream();
        using (var from = new ZipArchive(content, ZipArchiveMode.Read))
        using (var to = new ZipArchive(copy, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var entry in from.Entries)
            {
                var same = to.CreateEntry(entry.FullName, CompressionLevel.Optimal);
                same.LastWriteTime = new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
                using var source = entry.Open();
                using var target = same.Open();
                source.CopyTo(target);
            }
        }
        return copy.ToArray();
    }
}
