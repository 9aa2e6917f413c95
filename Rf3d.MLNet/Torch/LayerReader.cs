using Rf3d.Planning;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using ChannelShuffle = Rf3d.Planning.ChannelShuffle;

namespace Rf3d.MLNet;

/// <summary>Reads one module of TorchSharp's. (Its namespace has names that are ours too; where the two meet, they are spelled out.)</summary>
internal sealed class LayerReader(NetworkAssembler network)
{
    private const string Known =
        "Conv2d, ChannelShuffle, BatchNorm2d, ReLU, ReLU6, LeakyReLU, Hardswish, Tanh, Sigmoid, MaxPool2d, AvgPool2d, AdaptiveAvgPool2d, Flatten, Linear, Dropout, Identity and Sequential";

    public static bool IsActivation(nn.Module layer) =>
        layer is ReLU or ReLU6 or LeakyReLU or Hardswish or TorchSharp.Modules.Tanh or TorchSharp.Modules.Sigmoid;

    /// <param name="name">For errors.</param>
    /// <param name="layer">The module.</param>
    public void Read(string name, nn.Module layer)
    {
        switch (layer)
        {
            case Conv2d convolution:
                network.AddLayer(name, Convolution(name, convolution), convolution.in_channels);
                break;
            case TorchSharp.Modules.ChannelShuffle { groups: 1 } or Identity:
                break;
            case TorchSharp.Modules.ChannelShuffle shuffle:
                network.AddLayer(name, new ChannelShuffle { Groups = ImportedNumber.Count(name, "number of groups", shuffle.groups) });
                break;
            case BatchNorm2d norm:
                network.AddBatchNorm(name, Channels(name, norm));
                break;
            case MaxPool2d pool:
                Require(
                    name, pool.dilation is null || pool.dilation.All(dilation => dilation == 1), "is dilated; pooling windows without gaps are supported");
                network.AddPool(name, Windows(name, pool.kernel_size, pool.stride, pool.padding, pool.ceil_mode, (size, stride, padding) => new MaxPool(size, stride, padding)));
                break;
            case AvgPool2d pool:
                Require(name, pool.divisor_override is null, "has a divisor of its own; the mean of the window is supported");
                Require(
                    name, pool.count_include_pad || pool.padding is null || pool.padding.All(padding => padding == 0), "leaves the padding out of the mean (count_include_pad false); padding that counts is supported");
                network.AddPool(name, Windows(name, pool.kernel_size, pool.stride, pool.padding, pool.ceil_mode, (size, stride, padding) => new AveragePool(size, stride, padding)));
                break;
            case AdaptiveAvgPool2d pool:
                Adapt(name, pool.output_size);
                break;
            case Flatten flatten:
                Require(
                    name, flatten is { start_dim: 1, end_dim: -1 or 3 }, "does not flatten all but the batch; start_dim 1 and end_dim -1 are supported");
                network.AddFlatten(name);
                break;
            case Linear linear:
                network.AddLinear(name, linear.in_features, linear.out_features, linear.bias is not null);
                break;
            case Dropout dropout:
                network.AddDropout(name, dropout.p);
                break;
            case TorchSharp.Modules.Softmax or TorchSharp.Modules.LogSoftmax:
                throw NetworkImportException.At(name, "turns outputs into probabilities; leave that to the loss, which does it with more precision");
            default:
                network.AddActivation(name, ActivationOf(name, layer));
                break;
        }
    }

    private static Activation ActivationOf(string name, nn.Module layer)
    {
        switch (layer)
        {
            case ReLU:
                return Activation.Relu;
            case ReLU6:
                return Activation.Relu6;
            case LeakyReLU leaky:
                Require(name, leaky.negative_slope == 0.01, FormattableString.Invariant($"has a slope of {leaky.negative_slope}; 0.01 is supported"));
                return Activation.LeakyRelu;
            case Hardswish:
                return Activation.HardSwish;
            case TorchSharp.Modules.Tanh:
                return Activation.Tanh;
            case TorchSharp.Modules.Sigmoid:
                return Activation.Sigmoid;
            default:
                throw NetworkImportException.At(name, $"is not a layer that can be described. Supported are {Known}");
        }
    }

    private SpatialConvLayer Convolution(string name, Conv2d layer)
    {
        Require(name, layer.padding_mode == PaddingModes.Zeros, $"pads with {layer.padding_mode}; zeros are supported");
        var (size, stride) = (ImportedNumber.Size(name, "kernel size", layer.kernel_size), ImportedNumber.Size(name, "stride", layer.stride));
        var dilation = ImportedNumber.Size(name, "dilation", layer.dilation);
        var padding = layer.padding_type switch
        {
            Padding.Same => ImportedNumber.SamePadding(name, network.Shape, size, stride, dilation),
            Padding.Valid => new Size2D(0, 0),
            _ => ImportedNumber.Padding(name, layer.padding ?? [0, 0]),
        };
        return LayerOf.Convolution(
            layer.in_channels,
            ImportedNumber.Count(name, "number of filters", layer.out_channels),
            ImportedNumber.Count(name, "number of groups", layer.groups),
            new ConvolutionWindow(size, stride, dilation, padding),
            layer.bias is not null);
    }

    private static int Channels(string name, BatchNorm2d norm)
    {
        Require(name, norm.eps == WeightTable.NormEpsilon, FormattableString.Invariant($"has an eps of {norm.eps}; {WeightTable.NormEpsilon} is supported"));
        Require(name, norm.affine, "learns no scale and shift (affine false); batch normalisation that does is supported");
        Require(name, norm.track_running_stats, "keeps no running statistics; batch normalisation that does is supported");
        return ImportedNumber.Count(name, "number of channels", norm.num_features);
    }

    private Pool Windows(string name, long[] size, long[]? stride, long[]? padding, bool roundsUp, Func<Size2D, Size2D, Size2D, Pool> pool)
    {
        var windows = pool(
            ImportedNumber.Size(name, "window", size), ImportedNumber.Size(name, "stride", stride ?? size), ImportedNumber.Padding(name, padding ?? [0, 0]));
        Require(
            name, !roundsUp || windows.Tiles(network.Shape), $"rounds sizes up (ceil_mode), which makes a difference for the {network.Shape} maps that it gets; rounding down is supported");
        return windows;
    }

    private void Adapt(string name, long[] output)
    {
        var shape = network.Shape;
        if (output is [1, 1])
            network.AddGlobalAverage(name);
        else
            Require(
                name, output.SequenceEqual([shape.Height, shape.Width]), $"pools {shape} maps to {string.Join("x", output)}; pooling to one pixel is supported, or to the size that the maps have");
    }

    private static void Require(string name, bool holds, string problem)
    {
        if (!holds)
            throw NetworkImportException.At(name, problem);
    }
}
