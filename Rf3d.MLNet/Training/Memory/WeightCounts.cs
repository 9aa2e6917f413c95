using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>The numbers that a network has, by what a step does with them.</summary>
internal sealed record WeightCounts
{
    /// <summary>Weights, biases, and batch normalisation's two per channel.</summary>
    public required long Parameters { get; init; }

    /// <summary>Running means and variances.</summary>
    public required long Statistics { get; init; }

    /// <summary>Parameters that have a gradient: on a GPU not the biases before a batch normalisation.</summary>
    public required long Trained { get; init; }

    /// <summary>Bytes of all of them, and of what lies beside them on the device.</summary>
    public required long Bytes { get; init; }

    /// <summary>Bytes of the gradients as the backward pass leaves them, beside those in float32; 0 where they are the same tensors.</summary>
    public required long StepGradientBytes { get; init; }

    public static WeightCounts Of(NetworkLayout layout, StepShape step)
    {
        long parameters = 0, statistics = 0, trained = 0, rounded = 0, places = 0;
        foreach (var layer in layout.Layers)
        {
            if (layer.Layer is not ConvLayer kernel)
                continue;
            var (all, channels) = (NetworkCost.Of(layer).Parameters, (long)layer.Output.Channels);
            var idle = step.Forms == StepForms.Gpu && kernel is { Bias: true, BatchNorm: true } ? channels : 0;
            parameters += all;
            trained += all - idle;
            if (kernel.BatchNorm)
                statistics += 2 * channels;
            rounded += all - idle - (kernel.BatchNorm ? 2 * channels : 0);
            if (kernel is RollingPointwiseConvolution rolling)
                places += channels * RollingWindows.Of(rolling, layer.Input.Channels).Width;
        }
        var linear = layout.Linears.Sum(node => ((long)node.Inputs + 1) * node.Outputs);
        (parameters, trained) = (parameters + linear, trained + linear);
        var hasCopies = step is { Forms: StepForms.Gpu, ValueBytes: < sizeof(float) };
        return new()
        {
            Parameters = parameters,
            Statistics = statistics,
            Trained = trained,
            Bytes = checked((sizeof(float) * (parameters + statistics)) + (hasCopies ? step.ValueBytes * rounded : 0) + (sizeof(long) * places)),
            StepGradientBytes = step.Forms == StepForms.Gpu ? checked((step.ValueBytes * rounded) + (sizeof(float) * (trained - rounded))) : 0,
        };
    }
}
