using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Makes the optimizer that the settings ask for.</summary>
internal static class Optimizers
{
    private const double SecondMomentDecay = 0.999;

    /// <summary>
    /// Weight decay acts on the weights of convolutions and linear layers, not on biases and batch normalisation, unless the settings say so.
    /// </summary>
    public static optim.Optimizer Make(nn.Module network, TrainingSettings settings)
    {
        var (decayed, free) = (new List<Parameter>(), new List<Parameter>());
        foreach (var parameter in network.parameters())
            (parameter.dim() > 1 || settings.DecayAllParameters ? decayed : free).Add(parameter);
        var groups = new[] { (Parameters: decayed, Decay: settings.WeightDecay), (Parameters: free, Decay: 0) }.Where(group => group.Parameters.Count > 0);
        return settings.Optimizer switch
        {
            Optimizer.Sgd => Sgd(groups, settings),
            Optimizer.AdamW => AdamW(groups, settings),
            var other => throw new InvalidOperationException($"Unknown optimizer {other}."),
        };
    }

    private static SGD Sgd(IEnumerable<(List<Parameter> Parameters, double Decay)> groups, TrainingSettings settings)
    {
        // Nesterov's form is defined with momentum only.
        var nesterov = settings.Nesterov && settings.Momentum > 0;
        return optim.SGD(
            groups.Select(group => new SGD.ParamGroup(group.Parameters, new SGD.Options
            {
                LearningRate = settings.LearningRate,
                momentum = settings.Momentum,
                nesterov = nesterov,
                weight_decay = group.Decay,
            })),
            settings.LearningRate, settings.Momentum, nesterov: nesterov);
    }

    private static AdamW AdamW(IEnumerable<(List<Parameter> Parameters, double Decay)> groups, TrainingSettings settings) => optim.AdamW(
        groups.Select(group => new AdamW.ParamGroup(group.Parameters, new AdamW.Options
        {
            LearningRate = settings.LearningRate,
            beta1 = settings.Momentum,
            beta2 = SecondMomentDecay,
            weight_decay = group.Decay,
        })),
        settings.LearningRate, settings.Momentum, SecondMomentDecay);
}
