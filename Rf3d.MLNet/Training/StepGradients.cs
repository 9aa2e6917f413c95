using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// How a step comes to its gradients: one by one, as the parameters' own; or, in the forms of a GPU, all by one call, in memory that stays from step to
/// step: in float32, and where the optimizer wants them.
/// </summary>
internal sealed class StepGradients : IDisposable
{
    private readonly TorchNetwork _network;
    private readonly BFloat16Weights? _copies;
    private readonly Tensor[]? _leaves;
    private readonly Tensor[] _kept = [];
    private readonly int[][] _byType = [];

    /// <param name="network">Ready to train.</param>
    /// <param name="optimizer">Has the memory.</param>
    /// <param name="forms">Of the step.</param>
    public StepGradients(TorchNetwork network, FusedOptimizer optimizer, StepForms forms)
    {
        _network = network;
        if (forms != StepForms.Gpu)
            return;
        _copies = BFloat16Weights.Of(network);
        _kept = optimizer.KeepGradients();
        _leaves = Array.ConvertAll(optimizer.Parameters, parameter => _copies?.LeafOf(parameter) ?? parameter);
        // One call copies tensors of one type to those of one type.
        var leaves = _leaves;
        _byType = [.. Enumerable.Range(0, leaves.Length).GroupBy(i => leaves[i].dtype).Select(group => group.ToArray())];
    }

    /// <summary>To be called before the network is.</summary>
    public void Prepare() => _copies?.Refresh();

    /// <summary>Computes the gradients of the loss for the optimizer's next step.</summary>
    public void Collect(Tensor loss)
    {
        if (_leaves is null)
        {
            _network.zero_grad();
            loss.backward();
            return;
        }
        var gradients = autograd.grad([loss], _leaves);
        using var noGradient = no_grad();
        foreach (var places in _byType)
            FusedKernels.Copy(Array.ConvertAll(places, i => _kept[i]), Array.ConvertAll(places, i => gradients[i]));
    }

    public void Dispose() => _copies?.Dispose();
}
