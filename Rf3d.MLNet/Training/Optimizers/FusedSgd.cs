using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Stochastic gradient descent with momentum.</summary>
internal sealed class FusedSgd(IEnumerable<(IReadOnlyList<Parameter> Parameters, double Decay)> groups, double momentum, bool nesterov)
    : FusedOptimizer(groups)
{
    private const string Momentum = "momentum";

    protected override Dictionary<string, Tensor[]> Remembered(Tensor[] parameters) =>
        momentum > 0 ? new() { [Momentum] = Zeros(parameters) } : [];

    protected override void Update(Group group, Tensor[] gradients, double rate) =>
        FusedKernels.Sgd(group.Parameters, gradients, group.State.GetValueOrDefault(Momentum, []), rate, group.Decay, momentum, nesterov);
}
