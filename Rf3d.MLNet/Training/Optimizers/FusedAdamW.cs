using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>AdamW.</summary>
internal sealed class FusedAdamW(IEnumerable<(IReadOnlyList<Parameter> Parameters, double Decay)> groups, double momentum)
    : FusedOptimizer(groups)
{
    private const double SecondMomentDecay = 0.999;
    private const double Epsilon = 1e-8;
    private const string Average = "average", Square = "square", Steps = "step";

    protected override Dictionary<string, Tensor[]> Remembered(Tensor[] parameters) => new()
    {
        [Average] = Zeros(parameters),
        [Square] = Zeros(parameters),
        [Steps] = Array.ConvertAll(parameters, parameter => zeros([], ScalarType.Float32, parameter.device).DetachFromDisposeScope()),
    };

    protected override void Update(Group group, Tensor[] gradients, double rate) => FusedKernels.AdamW(
        group.Parameters, gradients, group.State[Average], group.State[Square], group.State[Steps], rate, group.Decay, momentum, SecondMomentDecay, Epsilon);
}
