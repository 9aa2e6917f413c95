using Rf3d.Planning;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Convolution = Rf3d.Planning.Convolution;

namespace Rf3d.MLNet;

/// <summary>A kernel with its weights: linear part, batch normalisation, activation.</summary>
internal sealed class ConvLayerModule : LayerModule
{
    private readonly LayerNode _node;
    private readonly ConvLayer _layer;
    private readonly Func<Tensor, Tensor, Tensor?, Tensor> _linear;
    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly NormModule? norm;
    private readonly RollingPointwise? rolling;
    private IdentityBranch? _identityBranch;
    private bool _trainsInBFloat16;
    private bool _stridesPointwise;
    private bool _hasMovedBias;
    private Tensor? _weightCopy;
    private Tensor? _biasCopy;

    public ConvLayerModule(LayerNode node, Generator generator)
        : base(nameof(ConvLayerModule))
    {
        _node = node;
        _layer = (ConvLayer)node.Layer;
        var (inputs, outputs) = (node.Input.Channels, node.Output.Channels);
        switch (_layer)
        {
            case Convolution convolution:
                weight = Draw(convolution, inputs / convolution.Groups);
                _linear = (input, filters, shifts) => Convolve(convolution, convolution.Groups, input, filters, shifts);
                break;
            case DepthwiseConvolution depthwise:
                weight = Draw(depthwise, 1);
                _linear = (input, filters, shifts) => Convolve(depthwise, inputs, input, filters, shifts);
                break;
            case RollingPointwiseConvolution layer:
                var windows = RollingWindows.Of(layer, inputs);
                weight = InitialWeights.Draw([outputs, windows.Width, 1, 1], windows.Width, generator);
                rolling = new RollingPointwise(windows, outputs);
                _linear = rolling.call;
                break;
            default:
                throw new NotSupportedException($"{node.Name} is a {_layer.GetType().Name}, which cannot be built with TorchSharp.");
        }
        bias = _layer.Bias ? new Parameter(zeros(outputs)) : null;
        norm = _layer.BatchNorm ? new NormModule(outputs) : null;
        RegisterComponents();

        Parameter Draw(SpatialConvLayer spatial, int channels) => InitialWeights.Draw(
            [outputs, channels, spatial.Size.Height, spatial.Size.Width], (long)channels * spatial.Size.Height * spatial.Size.Width, generator);
    }

    public Parameter WeightParameter => weight;

    /// <summary>Its batch normalisation; null where it has none.</summary>
    public NormModule? Norm => norm;

    /// <summary>Whether each output sees all input channels: then the weight is a matrix of outputs by inputs.</summary>
    public bool SeesAllChannels => _layer is Convolution { Groups: 1 };

    public override Tensor forward(Tensor input)
    {
        // Autograd keeps what it needs; all else is freed here, and not at the end of the step.
        using var scope = NewDisposeScope();
        // Only while training: validation measures the results of the model, which is float32. Statistics are the same to three digits in either, and
        // take half of the time. Casts that change nothing give the tensor itself.
        var type = (training || norm?.Moments is not null) && _trainsInBFloat16 ? ScalarType.BFloat16 : weight.dtype;
        var seen = input.to(type);
        var output = training && _weightCopy is not null ? _linear(seen, _weightCopy, _biasCopy) : _linear(seen, weight.to(type), _hasMovedBias ? null : bias?.to(type));
        if (norm is not null)
            output = norm.call(output);
        if (_identityBranch is not null)
            output = _identityBranch.Add(output, seen);
        return output.Activate(_layer.Activation).MoveToOuterDisposeScope();
    }

    public override IEnumerable<(string Name, Tensor Tensor)> Weights()
    {
        yield return (_node.Name + WeightTable.Weight, weight);
        if (bias is not null)
            yield return (_node.Name + WeightTable.Bias, bias);
        if (norm is null)
            yield break;
        yield return (_node.Name + WeightTable.NormScale, norm.Scale);
        yield return (_node.Name + WeightTable.NormShift, norm.Shift);
        yield return (_node.Name + WeightTable.NormMean, norm.Mean);
        yield return (_node.Name + WeightTable.NormVariance, norm.Variance);
    }

    public override void UseBFloat16() => UseBFloat16(evenWhereSlow: false);

    internal void UseBFloat16(bool evenWhereSlow) => _trainsInBFloat16 = evenWhereSlow || IsFastInBFloat16(_layer, weight.device_type);

    /// <summary>
    /// By docs/benchmarks/precision.md: of depthwise convolutions libtorch 2.10 for CPU has fast code in bfloat16 for the plain 3×3 alone; strided it is up to
    /// fifty times slower than in float32.
    /// </summary>
    internal static bool IsFastInBFloat16(ConvLayer layer, DeviceType device) =>
        device != DeviceType.CPU || layer is not DepthwiseConvolution depthwise || (depthwise.Size == 3 && depthwise.Stride == 1 && depthwise.Dilation == 1);

    /// <summary>While training, computes with copies of weight and bias in bfloat16 from now on, if it does so in bfloat16. The caller keeps the copies up to date and frees them.</summary>
    /// <returns>Parameters and their copies.</returns>
    public IReadOnlyList<(Tensor Weight, Tensor Copy)> ComputeWithCopies()
    {
        if (!_trainsInBFloat16)
            return [];
        _weightCopy = Copy(weight);
        if (bias is null || _hasMovedBias)
            return [(weight, _weightCopy)];
        _biasCopy = Copy(bias);
        return [(weight, _weightCopy), (bias, _biasCopy)];

        static Tensor Copy(Tensor parameter) => parameter.detach().to(ScalarType.BFloat16).DetachFromDisposeScope().requires_grad_(true);
    }

    public override void UseForms(StepForms forms)
    {
        _stridesPointwise = forms == StepForms.Gpu;
        _hasMovedBias = forms == StepForms.Gpu && IdleBias is not null;
        if (IdleBias is not { } idle)
            return;
        bias!.requires_grad_(!_hasMovedBias);
        if (_hasMovedBias)
            MoveBias(idle.Bias, idle.Mean);
    }

    /// <summary>The bias before a batch normalisation, and the normalisation's running mean; null where there are not both.</summary>
    public (Tensor Bias, Tensor Mean)? IdleBias => bias is not null && norm is not null ? (bias, norm.Mean) : null;

    /// <summary>
    /// Takes a bias into the mean that is subtracted next: the results stay the same. In training a normalisation subtracts the mean of the batch, bias included, so that
    /// the bias changes nothing and has no gradient: it only costs the time of adding it and of summing up a gradient of zero.
    /// </summary>
    public static void MoveBias(Tensor bias, Tensor mean)
    {
        using var noGradient = no_grad();
        mean.sub_(bias);
        bias.zero_();
    }

    public override bool HasIdentityBranch => _identityBranch is not null;

    public override void UseIdentityBranch() => _identityBranch = IdentityBranch.Of(_node);

    public override void MeasureIdentityBranch() => _identityBranch?.Moments = new ChannelMoments();

    public override void FoldIdentityBranch()
    {
        using var noGradient = no_grad();
        _identityBranch?.Fold(weight, bias, norm!);
        _identityBranch = null;
    }

    public override void UseChannelsLast()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        weight.set_(weight.detach().permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2));
    }

    private Tensor Convolve(SpatialConvLayer layer, int groups, Tensor input, Tensor filters, Tensor? shifts)
    {
        var (stride, padding, dilation) = (layer.Stride, layer.Border, layer.Dilation);
        if (layer.Size == 1 && padding == 0 && stride != 1 && !_stridesPointwise)
        {
            // The pixels that a strided 1×1 kernel reads, picked first. With fewer than 16 input channels libtorch 2.10 for CPU overwrites
            // memory in the backward pass of the strided form (channels-last, 56×56 pixels and up), which ends the process.
            input = input[.., .., TensorIndex.Slice(step: stride.Height), TensorIndex.Slice(step: stride.Width)];
            stride = 1;
        }
        return nn.functional.conv2d(
            input, filters, shifts, [stride.Height, stride.Width], [padding.Height, padding.Width], [dilation.Height, dilation.Width], groups);
    }
}
