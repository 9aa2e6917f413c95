using System.Runtime.InteropServices;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Computes scores by TorchSharp, where libtorch can use a GPU and ONNX Runtime cannot: the network of the model's plan, with weights and first steps read back from its graph. One batch after
/// the other, in single precision, without TensorFloat-32.
/// </summary>
internal sealed class TorchScoringNetwork : IScoringNetwork
{
    private const double Opaque = 255;

    private readonly Lock _turn = new();
    private readonly Device _device;
    private readonly ImagePreprocessing _preprocessing;
    private readonly TorchNetwork _network;
    private readonly Tensor _mean;
    private readonly Tensor _factor;
    private readonly Tensor? _background;
    private readonly Tensor? _directions;
    private readonly bool _scoresMirrored;

    /// <param name="backbone">The model's graph.</param>
    /// <param name="head">Its last layer.</param>
    /// <param name="network">Its network.</param>
    /// <param name="preprocessing">How its images are prepared.</param>
    /// <param name="gpu">The GPU, counted from 0; null for the CPU.</param>
    /// <param name="directions">[classes, features], as <see cref="ClassDirections"/> has them; null for none.</param>
    /// <exception cref="FormatException">The graph has not the form that this library writes, or is of another network.</exception>
    public TorchScoringNetwork(byte[] backbone, ClassifierHead head, ConvNet network, ImagePreprocessing preprocessing, int? gpu, float[]? directions = null)
    {
        TorchNative.EnsureLoaded();
        var layout = NetworkLayout.Of(network);
        var (input, weights) = (layout.Network.Input, Weights(backbone, head, layout));
        var steps = BackboneSteps.Read(backbone, input);
        (_preprocessing, _scoresMirrored, BatchSize) = (preprocessing, steps.ScoresMirrored, IScoringNetwork.BatchSizeOn(gpu));
        _device = gpu is { } index ? new Device(DeviceType.CUDA, index) : CPU;
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        _network = Load(layout, weights, _device);
        _mean = Keep(tensor(steps.Mean).view(1, 3, steps.Mean.Length == input.Channels ? 1 : input.Height, -1));
        _factor = Keep(tensor(steps.Factor).view(1, 3, 1, 1));
        _directions = directions is null ? null : Keep(tensor(directions).view(layout.Classifier.Outputs, layout.Classifier.Inputs));
        _background = preprocessing.Background is { } colour ? Keep(tensor(colour.Values).view(1, 3, 1, 1).Over(Opaque)) : null;

        Tensor Keep(Tensor values) => values.to(_device).DetachFromDisposeScope();
    }

    public int BatchSize { get; }

    public float[] Score(Memory<float> pixels, int images)
    {
        lock (_turn)
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            using var precision = _device.type == DeviceType.CUDA ? TensorFloat32.Forbid() : null;
            var batch = empty([images, _preprocessing.Channels, _preprocessing.Height, _preprocessing.Width], ScalarType.Float32);
            pixels.Span.CopyTo(MemoryMarshal.Cast<byte, float>(batch.bytes));
            var input = Normalized(Cropped(Composed(batch.SendTo(_device))));
            var features = _network.Features(input);
            if (_scoresMirrored)
                features = features.Plus(_network.Features(input.flip(3))).Over(2);
            var scores = nn.functional.softmax(_network.Classify(features), 1);
            if (_directions is not null)
                scores = cat([scores, nn.functional.normalize(features).matmul(_directions.t()).amax([1], keepdim: true)], 1);
            return scores.cpu().contiguous().data<float>().ToArray();
        }
    }

    public void Dispose()
    {
        _network.Dispose();
        _mean.Dispose();
        _factor.Dispose();
        _background?.Dispose();
        _directions?.Dispose();
    }

    private static TorchNetwork Load(NetworkLayout layout, WeightTable weights, Device device)
    {
        using var generator = new Generator(0);
        var network = new TorchNetwork(layout, generator);
        try
        {
            network.Import(weights);
        }
        catch (Exception error) when (error is KeyNotFoundException or ExternalException)
        {
            network.Dispose();
            throw new FormatException($"its weights are not those of its plan: {ForeignMessages.FirstLine(error)}", error);
        }
        network.to(device);
        network.UseChannelsLast();
        network.eval();
        // The caller's scope must not free what the network owns.
        foreach (var (_, values) in network.Weights())
            values.DetachFromDisposeScope();
        return network;
    }

    private static WeightTable Weights(byte[] backbone, ClassifierHead head, NetworkLayout layout)
    {
        var table = OnnxWeights.Read(backbone) ?? throw new FormatException("its network has not the form that this library writes");
        var last = layout.Classifier;
        if (head.Biases.Length != last.Outputs || head.Weights.Length != (long)last.Outputs * last.Inputs)
            throw new FormatException($"its last layer has {head.Weights.Length} weights, and its plan says {last.Outputs} classes of {last.Inputs} features");
        table[last.Name + WeightTable.Weight] = new([last.Outputs, last.Inputs], head.Weights);
        table[last.Name + WeightTable.Bias] = new([last.Outputs], head.Biases);
        return table;
    }

    /// <summary>As <see cref="CompositeStep"/> does it.</summary>
    private Tensor Composed(Tensor images)
    {
        if (_background is null)
            return images;
        var (alpha, colour) = (images.narrow(1, 0, 1), images.narrow(1, 1, 3));
        return minimum(colour, alpha).Plus(alpha.SubtractedFrom(Opaque).mul(_background).round());
    }

    private Tensor Cropped(Tensor images)
    {
        var (crop, height, width) = (_preprocessing.Crop, _preprocessing.Height, _preprocessing.Width);
        return crop == new Size2D(height, width)
            ? images
            : images.narrow(2, (height - crop.Height) / 2, crop.Height).narrow(3, (width - crop.Width) / 2, crop.Width);
    }

    private Tensor Normalized(Tensor images) => images.sub(_mean).mul(_factor);
}
