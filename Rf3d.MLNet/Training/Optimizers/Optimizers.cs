using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Makes the optimizer that the settings ask for.</summary>
internal static class Optimizers
{
    /// <summary>
    /// Weight decay acts on the weights of convolutions and linear layers, not on biases and batch normalisation, unless the settings say so. Weights without a gradient do not
    /// change.
    /// </summary>
    public static FusedOptimizer Make(nn.Module network, TrainingSettings settings)
    {
        var (decayed, free) = (new List<Parameter>(), new List<Parameter>());
        foreach (var parameter in network.parameters().Where(parameter => parameter.requires_grad))
            (parameter.dim() > 1 || settings.Recipe.DecayNormAndBias ? decayed : free).Add(parameter);
        var groups = new (IReadOnlyList<Parameter> Parameters, double Decay)[] { (decayed, settings.Recipe.WeightDecay), (free, 0) }
            .Where(group => group.Parameters.Count > 0);
        // Nesterov's form is defined with momentum only.
        var nesterov = settings.Recipe.Nesterov && settings.Recipe.Momentum > 0;
        return settings.Recipe.Optimizer switch
        {
            TrainingOptimizer.Sgd => new FusedSgd(groups, settings.Recipe.Momentum, nesterov),
            TrainingOptimizer.Muon when settings.StepForms == StepForms.Gpu => new JointMuon(groups, Matrices(network).Contains, Classifier(network), settings.Recipe.Momentum, nesterov),
            TrainingOptimizer.Muon => new FusedMuon(groups, Matrices(network).Contains, Classifier(network), settings.Recipe.Momentum, nesterov, settings.Precision),
            TrainingOptimizer.AdamW => new FusedAdamW(groups, settings.Recipe.Momentum),
            var other => throw new InvalidOperationException($"Unknown optimizer {other}."),
        };
    }

    private static Parameter? Classifier(nn.Module network) => network.modules().OfType<LinearModule>().LastOrDefault()?.WeightParameter;

    // By reference: tensors are equal if their numbers are.
    private static HashSet<Tensor> Matrices(nn.Module network) => new(
        network.modules().OfType<ConvLayerModule>().Where(layer => layer.SeesAllChannels).Select(layer => layer.WeightParameter),
        ReferenceEqualityComparer.Instance);
}
