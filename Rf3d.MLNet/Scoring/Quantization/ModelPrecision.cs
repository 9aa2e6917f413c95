using System.Diagnostics.CodeAnalysis;

namespace Rf3d.MLNet;

/// <summary>The numbers that a saved model computes with between the prepared image and the last feature map. Inputs, outputs and the last layer are always 32-bit floating point.</summary>
public enum ModelPrecision
{
    /// <summary>32-bit floating point: the model as it was trained.</summary>
    [SuppressMessage("Naming", "CA1720", Justification = "What the numbers are called, here and in ONNX.")]
    Float32,

    /// <summary>8-bit integers, for CPUs. Made by <see cref="Rf3dSavedModel.Quantize(Microsoft.ML.IDataView, QuantizationOptions?, CancellationToken)"/>.</summary>
    [SuppressMessage("Naming", "CA1720", Justification = "What the numbers are called, here and in ONNX.")]
    Int8,

    /// <summary>16-bit floating point, for GPUs. Made by <see cref="Rf3dSavedModel.ToFloat16"/>.</summary>
    Float16,
}
