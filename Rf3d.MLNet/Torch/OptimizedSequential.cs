using Rf3d.Planning;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>A network optimized by <see cref="TorchSequential"/>.</summary>
public sealed record OptimizedSequential
{
    /// <summary>The network before and after, as data, with costs, gains and the steps between.</summary>
    public required NetworkPlan Plan { get; init; }

    /// <summary>The optimized network with new weights, on the CPU and in training mode: with the same input and output as the original. The caller disposes it.</summary>
    public required nn.Module<Tensor, Tensor> Module { get; init; }
}
