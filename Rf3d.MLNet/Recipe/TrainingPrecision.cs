using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>Precision of convolutions during training. Weights, batch normalisation statistics, the loss and the saved model are always float32.</summary>
[JsonConverter(typeof(EnumNameConverter<TrainingPrecision>))]
public enum TrainingPrecision
{
    /// <summary>
    /// <see cref="BFloat16"/> where the processor or the GPU has instructions for it (AVX-512 BF16 or AMX; NVIDIA from Ampere, 2020, on), else
    /// <see cref="TensorFloat32"/>, which on a CPU is <see cref="Float32"/>.
    /// </summary>
    Auto,

    /// <summary>32 bits.</summary>
    [SuppressMessage("Naming", "CA1720", Justification = "What the numbers are called, here and in TorchSharp.")]
    Float32,

    /// <summary>On a GPU factors of convolutions and matrix products are rounded to 10 bits of fraction; on a CPU the same as <see cref="Float32"/>.</summary>
    TensorFloat32,

    /// <summary>
    /// Mixed precision (P. Micikevicius et al., 2018; D. Kalamkar et al., 2019): convolutions, and what flows between them, in 16 bits with the range of float32 and 7
    /// bits of fraction. On a CPU, depthwise convolutions are float32 unless they are 3×3 without stride and dilation, because libtorch is slower at the others in
    /// bfloat16.
    /// </summary>
    BFloat16,
}
