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

    /// <summary>Adds up the statistics of the batches to come, each of which is normalised by its own, as in training; null for none of that.</summary>
    public ChannelMoments? Moments { get; set; }

    /// <summary>Adds up the statistics of the maps to come, which are normalised as they are without it; null for none of that.</summary>
    public ChannelMoments? Observed { get; set; }

    public override Tensor forward(Tensor input)
    {
        if (Observed is not null)
            Measure(input, Observed).Dispose();
        return Moments is null ? Normalize(input, running_mean, running_var, training, Momentum) : Measure(input, Moments);
    }

    private Tensor Measure(Tensor input, ChannelMoments moments)
    {
        using var mean = zeros_like(running_mean);
        using var variance = zeros_like(running_var);
        // With a momentum of 1 the statistics of the batch take the place of the former ones.
        var output = Normalize(input, mean, variance, byBatch: true, momentum: 1);
        moments.AddMoments(mean, variance, input.NumberOfElements / input.shape[1]);
        return output;
    }

    private Tensor Normalize(Tensor input, Tensor mean, Tensor variance, bool byBatch, double momentum) =>
        nn.functional.batch_norm(input, mean, variance, weight, bias, byBatch, momentum, WeightTable.NormEpsilon);
}
