using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// The memory reader of <see cref="NetworkLayout"/>: the operations of a step as the modules in <c>Torch</c> compute them, and the tensors that libtorch's backward formulas keep. A
/// convolution keeps its input, a batch normalisation its input, ReLU its result, which is in its place, max pooling its input and indices of 64 bits; a sum keeps nothing.
/// </summary>
/// <remarks>
/// Kept tensors are freed one by one in the backward pass, as the modules hold none of them. Vectors with a value for each channel, such as the mean of a batch, are not counted.
/// </remarks>
internal sealed class StepWalk
{
    private readonly StepShape _step;
    private readonly StepTape _tape = new();

    private StepWalk(StepShape step) => _step = step;

    /// <summary>The most bytes of feature maps, and of gradients as the backward pass leaves them, that a step has at any time. The batch itself is not counted.</summary>
    /// <exception cref="OverflowException">More than a 64-bit number can count.</exception>
    public static long Peak(NetworkLayout layout, StepShape step)
    {
        var walk = new StepWalk(step);
        walk.Network(layout);
        return walk._tape.Peak();
    }

    private void Network(NetworkLayout layout)
    {
        // Images in float32 are there as the batch; convolutions in bfloat16 make a copy.
        var images = Map(layout.Network.Input.Volume);
        var output = new FeatureMap(_step.ValueBytes == sizeof(float) ? 0 : images.Bytes) { HasGradient = false };
        foreach (var stage in layout.Body)
        {
            foreach (var block in stage.Blocks)
                output = Block(block, output);
            if (stage.Stage.Pool is { } pool)
                output = Pooled(output, Map(stage.Output.Volume), pool is MaxPool ? Bytes(stage.Output.Volume, sizeof(long)) : 0);
        }
        if (layout.Network.Head is { } head)
            Classified(layout, head, output);
    }

    private FeatureMap Block(BlockNode block, FeatureMap input)
    {
        var output = input;
        var first = _tape.Count;
        foreach (var layer in block.Layers)
            output = Layer(layer, output, _step.HasIdentityBranches && !block.Block.Residual && IdentityBranch.Of(layer) is not null);
        if (!block.Block.Residual)
            return output;
        var end = _tape.Count;
        var side = input;
        if (block.Projection is { } projection)
        {
            if (block.ProjectionPool is not null)
                side = Pooled(side, Map(projection.Input.Volume), 0);
            side = Layer(projection, side, hasBranch: false);
            // The gradient of the sum is that of both branches; it waits for the other one.
            _tape.Hold(end, _tape.Count, output.PassingBytes, 0);
            _tape.Hold(end, _tape.Count - 1, 0, output.Bytes);
            _tape.Hold(first, end, 0, input.GradientBytes);
        }
        else
        {
            _tape.Hold(first, end - 1, 0, output.Bytes);
        }
        var sum = Map(block.Output.Volume);
        _tape.Add(kept: 0, forward: output.PassingBytes + side.PassingBytes + sum.Bytes, backward: sum.Bytes);
        return Activated(sum, block.Block.SumActivation);
    }

    private FeatureMap Layer(LayerNode node, FeatureMap input, bool hasBranch)
    {
        if (node.Layer is ChannelShuffle)
        {
            var shuffled = Map(node.Output.Volume);
            _tape.Add(kept: 0, forward: input.PassingBytes + shuffled.Bytes, backward: shuffled.Bytes + input.GradientBytes);
            return shuffled;
        }
        if (node.Layer is not ConvLayer layer)
            throw new NotSupportedException($"{node.Name} is a {node.Layer.GetType().Name}, whose memory is not known.");
        var output = Convolved(node, layer, input, hasBranch);
        if (layer.BatchNorm)
        {
            var norms = _step.Forms == StepForms.Gpu ? 2L * sizeof(float) * node.Output.Channels : 0;
            var normalised = Map(node.Output.Volume);
            _tape.Add(output.Keep(), normalised.Bytes, 2 * normalised.Bytes, norms);
            output = normalised;
        }
        return Activated(output, layer.Activation);
    }

    private FeatureMap Convolved(LayerNode node, ConvLayer layer, FeatureMap input, bool hasBranch)
    {
        var output = Map(node.Output.Volume);
        var parameters = NetworkCost.Of(node).Parameters - (layer.BatchNorm ? 2L * node.Output.Channels : 0);
        var weights = _step.ValueBytes * (layer is { Bias: true, BatchNorm: true } ? parameters - node.Output.Channels : parameters);
        // In the plain forms the pixels that a strided pointwise convolution reads are a view, which the convolution copies.
        var picked = _step.Forms != StepForms.Gpu && layer is SpatialConvLayer spatial && spatial.Size == 1 && spatial.Border == 0 && spatial.Stride != 1
            ? Map((long)node.Input.Channels * node.Output.Height * node.Output.Width).Bytes
            : 0;
        // The weights of a rolling convolution, scattered into a dense matrix.
        var dense = layer is RollingPointwiseConvolution ? checked((long)_step.ValueBytes * node.Input.Channels * node.Output.Channels) : 0;
        _tape.Add(
            kept: checked(input.Keep() + dense),
            forward: checked(output.Bytes + picked + dense),
            backward: checked(output.Bytes + input.GradientBytes + (2 * picked) + (2 * dense) + (hasBranch ? input.GradientBytes : 0) + (_step.Forms == StepForms.Gpu ? 0 : weights)),
            gradients: _step.Forms == StepForms.Gpu ? weights : 0);
        return output;
    }

    private FeatureMap Activated(FeatureMap values, Activation activation)
    {
        switch (activation)
        {
            case Activation.None:
                return values;
            case Activation.Relu:
                _tape.Add(values.Keep(), forward: 0, backward: 2 * values.Bytes);
                return values;
            case Activation.Relu6 or Activation.LeakyRelu or Activation.HardSwish:
                var result = new FeatureMap(values.Bytes);
                _tape.Add(values.Keep(), result.Bytes, 2 * values.Bytes);
                return result;
            case Activation.Tanh or Activation.Sigmoid:
                var bounded = new FeatureMap(values.Bytes);
                _tape.Add(bounded.Keep(), values.PassingBytes, 2 * values.Bytes);
                return bounded;
            default:
                throw new NotSupportedException($"The memory of the activation {activation} is not known.");
        }
    }

    private FeatureMap Pooled(FeatureMap input, FeatureMap output, long indices)
    {
        _tape.Add(checked(input.Keep() + indices), output.Bytes, output.Bytes + input.GradientBytes);
        return output;
    }

    private void Classified(NetworkLayout layout, Head head, FeatureMap maps)
    {
        var features = new FeatureMap(Bytes(layout.Linears[0].Inputs, sizeof(float)));
        // The gradient of a mean has the size of the maps, in float32 and, if they are not, in their own type.
        var spread = _step.ValueBytes == sizeof(float) ? maps.Bytes : checked((maps.Bytes / _step.ValueBytes * sizeof(float)) + maps.Bytes);
        _tape.Add(kept: 0, forward: maps.PassingBytes + features.Bytes, backward: features.Bytes + spread);
        foreach (var linear in layout.Linears)
        {
            var gradients = _step.Forms == StepForms.Gpu ? sizeof(float) * ((long)linear.Inputs + 1) * linear.Outputs : 0;
            var output = new FeatureMap(Bytes(linear.Outputs, sizeof(float)));
            _tape.Add(features.Keep(), output.Bytes, output.Bytes + features.Bytes, gradients);
            features = linear == layout.Classifier ? output : Hidden(output, linear.Outputs, head.Dropout);
        }
    }

    private FeatureMap Hidden(FeatureMap values, long outputs, double dropout)
    {
        values = Activated(values, Activation.Relu);
        if (dropout == 0)
            return values;
        // The mask as bool and as float32, and the product with it; the quotient is the result.
        var result = new FeatureMap(values.Bytes);
        _tape.Add(Bytes(outputs, 1 + (2 * sizeof(float))), result.Bytes, 2 * result.Bytes);
        return result;
    }

    private FeatureMap Map(long values) => new(Bytes(values, _step.ValueBytes));

    private long Bytes(long values, int size) => checked(values * size * _step.Batch);
}
