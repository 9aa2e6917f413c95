using Rf3d.Planning;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// The identity around a kernel while it learns: norm(w∗x) + x in place of norm(w∗x). With it gradients reach the first kernels of a network that has no
/// shortcuts of its own, as in ResNet. The sum is linear in x, as the kernel alone is, so that weights and normalisation can take it over when
/// training ends: the network that is kept is the one that was planned, to the last operation ("structural re-parameterization", X. Ding et al.,
/// RepVGG, 2021; their identity has a normalisation of its own, which trains no better here and makes a step longer).
/// </summary>
internal sealed class IdentityBranch
{
    private readonly SpatialConvLayer _layer;

    private IdentityBranch(SpatialConvLayer layer) => _layer = layer;

    /// <summary>Collects the outputs of the next passes; null for none.</summary>
    public ChannelMoments? Moments { get; set; }

    /// <returns>Null where weights cannot express the identity: other channels out than in, or no pixel in the middle of the kernel.</returns>
    public static IdentityBranch? Of(LayerNode node)
    {
        return node.Layer is SpatialConvLayer { BatchNorm: true } layer && node.Input.Channels == node.Output.Channels
            && HasMiddle(layer.Size.Height, layer.Border.Height, layer.Dilation.Height) && HasMiddle(layer.Size.Width, layer.Border.Width, layer.Dilation.Width)
            ? new(layer)
            : null;

        static bool HasMiddle(int size, int border, int dilation) => size % 2 == 1 && border == size / 2 * dilation;
    }

    /// <summary>Names of the kernels that have none because they are in a residual block, and would have one elsewhere.</summary>
    public static IReadOnlySet<string> Missing(NetworkLayout layout) => layout.Body
        .SelectMany(stage => stage.Blocks).Where(block => block.Block.Residual).SelectMany(block => block.Layers)
        .Where(layer => Of(layer) is not null).Select(layer => layer.Name).ToHashSet(StringComparer.Ordinal);

    /// <param name="output">The normalised output of the kernel; overwritten.</param>
    /// <param name="input">The input of the kernel.</param>
    public Tensor Add(Tensor output, Tensor input)
    {
        var seen = _layer.Stride == 1 ? input : input[.., .., TensorIndex.Slice(step: _layer.Stride.Height), TensorIndex.Slice(step: _layer.Stride.Width)];
        // Batch normalisation keeps its input for the backward pass, not its output.
        var sum = output.PlusInPlace(seen);
        Moments?.Add(sum);
        return sum;
    }

    /// <summary>
    /// Makes weights and normalisation compute the same as they and the shortcut together. The normalisation gets the outputs' own mean and variance, if they
    /// were measured: they change nothing now, and keep further training from these weights from starting elsewhere.
    /// </summary>
    public void Fold(Tensor weight, Tensor? bias, NormModule norm)
    {
        using var moments = Moments;
        Moments = null;
        using var scope = NewDisposeScope();
        var factor = norm.Scale / norm.Variance.Plus(WeightTable.NormEpsilon).sqrt();
        var constant = norm.Shift - (factor * (bias is null ? norm.Mean : norm.Mean - bias));
        var (mean, variance) = moments is null or { IsEmpty: true } ? (constant, ones_like(constant)) : moments.Read();

        weight.mul_(factor.view(-1, 1, 1, 1));
        // Within its group, each filter's own channel.
        var own = TensorArithmetic.Range(weight.shape[0], weight.device).Modulo(weight.shape[1]).view(-1, 1);
        weight[.., .., _layer.Size.Height / 2, _layer.Size.Width / 2].scatter_add_(1, own, ones_like(own, weight.dtype));

        bias?.zero_();
        norm.Scale.copy_(variance.Plus(WeightTable.NormEpsilon).sqrt());
        norm.Shift.copy_(mean);
        norm.Mean.copy_(mean - constant);
        norm.Variance.copy_(variance);
    }
}
