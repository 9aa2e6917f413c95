using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>The weights that convolutions compute with in bfloat16, beside those in float32 that learn: all of them are rounded by one call before each step.</summary>
internal sealed class BFloat16Weights : IDisposable
{
    private readonly Tensor[] _weights;
    private readonly Tensor[] _copies;

    private BFloat16Weights(List<(Tensor Weight, Tensor Copy)> pairs) =>
        (_weights, _copies) = ([.. pairs.Select(pair => pair.Weight)], [.. pairs.Select(pair => pair.Copy)]);

    /// <summary>Makes the network's kernels that train in bfloat16 compute with copies of their weights.</summary>
    /// <param name="network">On its device, its weights laid out for good.</param>
    /// <returns>Null where there are none.</returns>
    public static BFloat16Weights? Of(TorchNetwork network)
    {
        using var noGradient = no_grad();
        List<(Tensor Weight, Tensor Copy)> pairs = [];
        foreach (var layer in network.modules().OfType<ConvLayerModule>())
            pairs.AddRange(layer.ComputeWithCopies());
        return pairs.Count == 0 ? null : new(pairs);
    }

    /// <summary>Rounds the weights as they are now.</summary>
    public void Refresh()
    {
        using var noGradient = no_grad();
        FusedKernels.Copy(_copies, _weights);
    }

    /// <summary>The tensor that is used in place of a parameter and gets the gradient: its copy or itself.</summary>
    public Tensor LeafOf(Tensor parameter)
    {
        var place = Array.FindIndex(_weights, weight => ReferenceEquals(weight, parameter));
        return place < 0 ? parameter : _copies[place];
    }

    public void Dispose() => Array.ForEach(_copies, copy => copy.Dispose());
}
