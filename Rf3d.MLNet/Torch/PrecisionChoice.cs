using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace Rf3d.MLNet;

/// <summary>Works out what <see cref="TrainingPrecision.Auto"/> means on a device.</summary>
internal static class PrecisionChoice
{
    // Bits of CPUID leaf 7 that say which instructions there are.
    private const int Avx512BFloat16InEax = 1 << 5, AmxBFloat16InEdx = 1 << 22;
    private const int FirstCapabilityWithBFloat16 = 8;

    /// <param name="requested">The precision in the options.</param>
    /// <param name="before">The precision of the resumed training; null if none is resumed.</param>
    /// <param name="device">Where training runs.</param>
    /// <param name="warn">Receives a warning where the device is slow at the choice.</param>
    /// <returns>Anything but Auto.</returns>
    public static TrainingPrecision Choose(TrainingPrecision requested, TrainingPrecision? before, torch.Device device, Action<string> warn) =>
        Choose(requested, before, device.type == DeviceType.CPU ? ProcessorHasBFloat16() : HasBFloat16(CudaDriver.ComputeCapability(device.index)), device, warn);

    /// <summary>The same where it is known whether the device has instructions for bfloat16.</summary>
    internal static TrainingPrecision Choose(TrainingPrecision requested, TrainingPrecision? before, bool hasBFloat16, torch.Device device, Action<string> warn)
    {
        if (requested == TrainingPrecision.Auto && before is null)
            return hasBFloat16 ? TrainingPrecision.BFloat16 : TrainingPrecision.TensorFloat32;
        var chosen = requested == TrainingPrecision.Auto ? before!.Value : requested;
        if (chosen == TrainingPrecision.BFloat16 && !hasBFloat16)
            warn($"Precision = BFloat16 is slow on {device}, {(device.type == DeviceType.CPU && TorchNative.ConvolutionFinding is not null ? "where oneDNN is off" : "which has no instructions for it")}. A new training with Precision = Auto chooses the fast one.");
        return chosen;
    }

    /// <summary>Whether a GPU of this compute capability, 0 for an unknown one, has instructions for bfloat16.</summary>
    internal static bool HasBFloat16(double capability) => capability >= FirstCapabilityWithBFloat16;

    private static bool ProcessorHasBFloat16()
    {
        if (TorchNative.ConvolutionFinding is not null)
            return false;
        // Without AVX-512 the bit below would not help: the system does not save its registers.
        if (!X86Base.IsSupported || !Avx512F.IsSupported || X86Base.CpuId(0, 0).Eax < 7)
            return false;
        var hasAmx = (X86Base.CpuId(7, 0).Edx & AmxBFloat16InEdx) != 0;
        var hasAvx512 = X86Base.CpuId(7, 0).Eax >= 1 && (X86Base.CpuId(7, 1).Eax & Avx512BFloat16InEax) != 0;
        return hasAmx || hasAvx512;
    }
}
