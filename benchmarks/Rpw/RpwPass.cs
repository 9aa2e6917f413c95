namespace Rf3d.Benchmarks;

/// <summary>The kind of a pass of the benchmark <c>rpw</c>.</summary>
internal enum RpwPass
{
    /// <summary>Forward and backward, with gradients of input and weights: a training step.</summary>
    Training,

    /// <summary>Forward without a graph of gradients: prediction.</summary>
    Prediction,
}
