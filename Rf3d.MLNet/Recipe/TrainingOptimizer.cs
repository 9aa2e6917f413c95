using System.Text.Json.Serialization;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>How the weights follow their gradients.</summary>
[JsonConverter(typeof(EnumNameConverter<TrainingOptimizer>))]
public enum TrainingOptimizer
{
    /// <summary>Stochastic gradient descent with momentum, Nesterov's by default. The weight decay is L2: it is added to the gradient.</summary>
    Sgd,

    /// <summary>
    /// Adam with decoupled weight decay (I. Loshchilov, F. Hutter, 2019); <c>Momentum</c> is its β₁, β₂ is 0.999. It wants a far lower learning
    /// rate than the default, 0.001 to 0.003, and a higher weight decay, 0.01 to 0.1.
    /// </summary>
    AdamW,

    /// <summary>
    /// Muon (K. Jordan et al., 2024) for the kernels of convolutions that see all channels, as matrices of outputs by inputs: steps along the
    /// momentum, Nesterov's by default, with its singular values made equal, so that directions with small gradients learn as fast as the others.
    /// Of matrices with more than 128 rows and columns blocks of up to 128 are treated so, each by itself, which costs a fraction of the time.
    /// Depthwise, grouped and rolling kernels, linear layers, biases and batch normalisation go as by <see cref="Sgd"/>, with the same learning
    /// rate, momentum and weight decay; but the layer to the classes, where it has more than 256 features, at 256 / features of the rate, for a step
    /// changes its outputs the more, the more there are. More accuracy from few epochs and from few images; a step takes longer, the more so the smaller the batch
    /// and the wider the kernels.
    /// </summary>
    Muon,
}
