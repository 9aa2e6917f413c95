using Microsoft.ML.OnnxRuntime;
using Rf3d.MLNet.OnnxFormat;
using Rf3d.MLNet.Tests.Scoring;
using Rf3d.Planning;
using TorchSharp;

namespace Rf3d.MLNet.Tests.Onnx.Quantization;

/// <summary>Untrained networks with images, in float32 and quantized.</summary>
internal sealed class QuantizationFixture
{
    public const int Images = 6;

    private readonly ClassifierHead _head;

    public QuantizationFixture(ConvNet network, bool mirror = false)
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(3);
        var layout = NetworkLayout.Of(network);
        using var module = new TorchNetwork(layout, generator);
        var weights = module.Export();
        Preprocessing = new ImagePreprocessing { ImageColumnName = "Image", Height = network.Input.Height, Width = network.Input.Width };
        // Statistics of batch normalisation as training leaves them: without, the values of deep maps would vanish or explode.
        var random = new Random(7);
        foreach (var node in layout.Layers.Where(node => node.Layer is ConvLayer { BatchNorm: true }))
        {
            var scale = weights[node.Name + WeightTable.NormScale];
            weights[node.Name + WeightTable.NormScale] = new(scale.Shape, Array.ConvertAll(scale.Values, _ => 0.5f + random.NextSingle()));
            var shift = weights[node.Name + WeightTable.NormShift];
            weights[node.Name + WeightTable.NormShift] = new(shift.Shape, Array.ConvertAll(shift.Values, _ => random.NextSingle() - 0.3f));
        }
        _head = new(weights[layout.Classifier.Name + WeightTable.Weight].Values, weights[layout.Classifier.Name + WeightTable.Bias].Values);
        Backbone = OnnxWriter.Backbone(layout, weights, SmallNetworks.Statistics, ImagePreprocessing.PixelsColumnName, ScoringChain.FeaturesColumnName, mirror);
        Pixels = new float[Images * network.Input.Volume];
        for (var i = 0; i < Pixels.Length; i++)
            Pixels[i] = (i / (network.Input.Height * network.Input.Width) * 77 % 200) + random.Next(55);
    }

    public ImagePreprocessing Preprocessing { get; }

    public byte[] Backbone { get; }

    public float[] Pixels { get; }

    public byte[] Int8(CalibrationMethod method = CalibrationMethod.MinMax, int bits = 8, params string[] float32) =>
        NetworkQuantization.ToInt8(Backbone, new() { Method = method, WeightBits = bits, Float32Layers = [.. float32] }, Calibrate);

    /// <summary>The values of maps for all images.</summary>
    public CountedRanges Calibrate(IReadOnlyList<string> values)
    {
        using var network = new CalibrationNetwork(Classifier(Backbone), values, Preprocessing);
        network.Score(Pixels, Images);
        return new(Images, network.Histograms);
    }

    public byte[] Classifier(byte[] backbone) => OnnxClassifier.FromBackbone(backbone, _head, [], isOpaque: false)!;

    /// <summary>The logits of all images.</summary>
    public float[] Logits(byte[] backbone)
    {
        using var session = new OnnxSession(Classifier(backbone), OnnxWriter.LogitsOutput);
        return session.Run(Pixels, [Images, 3, Preprocessing.Height, Preprocessing.Width]);
    }

    public static ModelProto Parse(byte[] model) => ModelProto.Parser.ParseFrom(model);

    /// <summary>The graph as ONNX Runtime computes it, by the number of nodes of each type.</summary>
    public IReadOnlyDictionary<string, int> Kernels(byte[] backbone)
    {
        using var folder = new TempFolder();
        using var options = new SessionOptions { OptimizedModelFilePath = folder["optimized.onnx"], GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using (new InferenceSession(Classifier(backbone), options))
            return Parse(File.ReadAllBytes(folder["optimized.onnx"])).Graph.Node.CountBy(node => node.OpType).ToDictionary();
    }
}
