using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>A kernel with its weights: the TorchSharp reader of <see cref="KernelNode"/>. Linear part, batch normalisation, activation.</summary>
internal sealed class KernelModule : nn.Module<Tensor, Tensor>
{
    private readonly KernelNode _node;
    private readonly SpatialKernel _kernel;
    private readonly long _groups;
    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly BatchNorm2d? norm;

    public KernelModule(KernelNode node, Generator generator)
        : base(nameof(KernelModule))
    {
        _node = node;
        var (inputs, outputs) = (node.Input.Channels, node.Output.Channels);
        (_kernel, _groups) = node.Kernel switch
        {
            Convolution convolution => ((SpatialKernel)convolution, 1L),
            DepthwiseConvolution depthwise => (depthwise, inputs),
            var other => throw new NotSupportedException($"{node.Name} is a {other.GetType().Name}, which TorchSharp cannot be told to build."),
        };
        var (height, width) = (_kernel.Size.Height, _kernel.Size.Width);
        weight = InitialWeights.Draw([outputs, inputs / _groups, height, width], inputs / _groups * height * width, generator);
        bias = _kernel.Bias ? new Parameter(zeros(outputs)) : null;
        norm = _kernel.BatchNorm ? nn.BatchNorm2d(outputs, eps: WeightTable.NormEpsilon) : null;
        RegisterComponents();
    }

    public Parameter WeightParameter => weight;

    public override Tensor forward(Tensor input)
    {
        var (stride, padding, dilation) = (_kernel.Stride, _kernel.Padding, _kernel.Dilation);
        if (_kernel.Size == 1 && stride != 1)
        {
            // The pixels that a strided 1×1 kernel reads, picked first. With fewer than 16 input channels libtorch 2.10 for CPU overwrites
            // memory in the backward pass of the strided form (channels-last, 56×56 pixels and up), which ends the process.
            input = input[.., .., TensorIndex.Slice(step: stride.Height), TensorIndex.Slice(step: stride.Width)];
            stride = 1;
        }
        var output = nn.functional.conv2d(
            input, weight, bias, [stride.Height, stride.Width], [padding.Height, padding.Width], [dilation.Height, dilation.Width], _groups);
        if (norm is not null)
            output = norm.call(output);
        return _kernel.Activation switch
        {
            Activation.None => output,
            Activation.Relu => output.relu_(),
            var other => throw new NotSupportedException($"{_node.Name} has the unknown activation {other}."),
        };
    }

    /// <summary>The tensors by the names of the weight table.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> Weights()
    {
        yield return (_node.Name + WeightTable.Weight, weight);
        if (bias is not null)
            yield return (_node.Name + WeightTable.Bias, bias);
        if (norm is null)
            yield break;
        yield return (_node.Name + WeightTable.NormScale, norm.weight!);
        yield return (_node.Name + WeightTable.NormShift, norm.bias!);
        yield return (_node.Name + WeightTable.NormMean, norm.running_mean!);
        yield return (_node.Name + WeightTable.NormVariance, norm.running_var!);
    }
}
