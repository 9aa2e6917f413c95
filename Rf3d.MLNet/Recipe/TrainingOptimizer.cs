using System.Text.Json.Serialization;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>The algorithm that updates the weights from their gradients.</summary>
[JsonConverter(typeof(EnumNameConverter<TrainingOptimizer>))]
public enum TrainingOptimizer
{
    /// <summary>Stochastic gradient descent with momentum, Nesterov's by default. The weight decay is L2: it is added to the gradient.</summary>
    Sgd,

    /// <summary>
    /// Adam with decoupled weight decay (I. Loshchilov, F. Hutter, 2019); <c>Momentum</c> is its β₁, β₂ is 0.999. It needs a lower learning rate than the default, 0.001
    /// to 0.003, and a higher weight decay, 0.01 to 0.1.
    /// </summary>
    AdamW,

    /// <summary>
    /// Muon (K. Jordan et al., 2024) for the kernels of convolutions that see all channels, as matrices of outputs by inputs: steps along the momentum, Nesterov's by
    /// default, with its singular values made equal, so that directions with small gradients learn as fast as the others. Matrices with more than 128 rows and columns
    /// are divided into blocks of up to 128, which is faster. Depthwise, grouped and rolling kernels, linear layers, biases and batch normalisation are updated as by
    /// <see cref="Sgd"/>, with the same learning rate, momentum and weight decay. The learning rate of the classifier is scaled by min(1, 256 / features). Muon reaches a
    /// higher accuracy with few epochs and few images. Each step is slower, especially with small batches and wide kernels.
    /// </summary>
    Muon,
}
