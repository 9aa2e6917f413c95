using Rf3d.Planning;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>What <see cref="TorchSequential"/> made of a network.</summary>
public sealed record OptimizedSequential
{
    /// <summary>The network before and after, as data, with costs, gains and the steps between.</summary>
    public required NetworkPlan Plan { get; init; }

    /// <summary>
    /// The optimized network with new weights, on the CPU and in training mode: takes what the original took and gives what it gave. Belongs to the
    /// caller, who disposes it.
    /// </summary>
    public required nn.Module<Tensor, Tensor> Module { get; init; }
}
