using Rf3d.Planning;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Batch normalisation of the channels of maps, with PyTorch's momentum of 0.1. Not <c>nn.BatchNorm2d</c>, which counts its batches by
/// arithmetic that is not safe from garbage collection (<see cref="TensorArithmetic"/>) and of no use here.
/// </summary>
internal sealed class NormModule : nn.Module<Tensor, Tensor>
{
    private const double Momentum = 0.1;

    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly Tensor running_mean;
    private readonly Tensor running_var;

    public NormModule(int channels)
        : base(nameof(NormModule))
    {
        weight = new Parameter(ones(channels));
        bias = new Parameter(zeros(channels));
        // The module owns them. TorchSharp takes parameters out of a scope, buffers it does not.
        running_mean = zeros(channels).DetachFromDisposeScope();
        running_var = ones(channels).DetachFromDisposeScope();
        RegisterComponents();
    }

    public Tensor Scale => weight;

    public Tensor Shift => bias;

    public Tensor Mean => running_mean;

    public Tensor Variance => running_var;

    public override Tensor forward(Tensor input) =>
        nn.functional.batch_norm(input, running_mean, running_var, weight, bias, training, Momentum, WeightTable.NormEpsilon);
}
