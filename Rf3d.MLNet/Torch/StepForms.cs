namespace Rf3d.MLNet;

/// <summary>In which forms a step of training is computed; <see cref="TrainingSettings.StepForms"/> decides. Both come to the same but for rounding.</summary>
internal enum StepForms
{
    /// <summary>The fastest forms on a CPU. The weights of a seed on a CPU are those of these forms.</summary>
    Plain,

    /// <summary>
    /// Forms with fewer calls and fewer copies: a call costs a GPU tens of microseconds. docs/benchmarks/gpu.md has the measurements.
    /// <list type="bullet">
    /// <item>All weights of convolutions are rounded to bfloat16 by one call before a step, and all gradients come by one call into memory of their own, in place of two
    /// casts in each kernel (<see cref="StepGradients"/>).</item>
    /// <item>Convolutions before a batch normalisation have no bias (<see cref="ConvLayerModule.MoveBias"/>).</item>
    /// <item>Crops and flips are looked up in tables on the device (<see cref="IndexedBatches"/>).</item>
    /// <item>Muon makes the matrices of all shapes orthogonal together (<see cref="JointMuon"/>).</item>
    /// <item>A strided 1×1 convolution strides itself; else its pixels are picked first.</item>
    /// <item>The mean over pixels is taken where a pixel's channels lie side by side, so that its gradient lies so, too.</item>
    /// <item>Small native objects that TorchSharp leaves to the finalizer are collected less often.</item>
    /// </list>
    /// </summary>
    Gpu,
}
