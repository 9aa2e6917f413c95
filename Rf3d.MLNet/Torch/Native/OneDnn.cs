using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// oneDNN, by which libtorch convolves on a CPU. On some virtual machines its convolutions are wrong in silence where channels do not fill its blocks of 16 (docs/upstream-issues.md): libtorch then
/// convolves without it.
/// </summary>
internal static class OneDnn
{
    private const double Tolerance = 1e-3;

    // As the C++ compilers of libtorch's packages spell at::globalContext() and at::Context::setUserEnabledMkldnn(bool).
    private static readonly (string Context, string Enable)[] Names =
    [
        ("_ZN2at13globalContextEv", "_ZN2at7Context20setUserEnabledMkldnnEb"),
        ("?globalContext@at@@YAAEAVContext@1@XZ", "?setUserEnabledMkldnn@Context@at@@QEAAX_N@Z"),
    ];

    // Forms that were wrong on such a machine: filters that do not fill blocks of 32 in channels-last memory, and channels that do not fill blocks of 16 in planes.
    private static readonly ConvolutionForm[] Forms = [new(64, 42, 1, IsChannelsLast: true), new(40, 80, 1, IsChannelsLast: true), new(21, 16, 3, IsChannelsLast: false), new(24, 24, 3, IsChannelsLast: false)];

    /// <summary>Makes sure that convolutions on the CPU are right.</summary>
    /// <param name="areRight">Whether some convolutions are right.</param>
    /// <param name="tryTurnOff">Makes libtorch convolve without oneDNN; false where it cannot be reached.</param>
    /// <returns>Null if they are right with oneDNN; else what was found, which is an error unless they are right without it.</returns>
    public static TorchFinding? Verify(Func<bool> areRight, Func<bool> tryTurnOff)
    {
        if (areRight())
            return null;
        const string Found = "On this machine oneDNN, by which libtorch convolves on the CPU, computes wrong values";
        return tryTurnOff() && areRight()
            ? new() { Kind = TorchFindingKind.OneDnnOff, Message = $"{Found}. It is turned off: training on the CPU is slower.", Remedy = "Train on a GPU or on another machine." }
            : new() { Kind = TorchFindingKind.WrongConvolutions, Message = $"{Found}, and it cannot be turned off.", Remedy = "Use another machine, or set the environment variable ONEDNN_MAX_CPU_ISA=SSE41 before the process starts: oneDNN then uses older instructions, which are right and slow." };
    }

    /// <summary>Whether convolutions on the CPU are what they are in double precision, which oneDNN does not have.</summary>
    public static bool AreConvolutionsRight() => Forms.All(IsRight);

    /// <summary>Makes libtorch convolve without oneDNN in this process.</summary>
    /// <param name="library">The path of libtorch's library for the CPU, or its bare name.</param>
    /// <returns>False where the library does not offer it.</returns>
    public static unsafe bool TryTurnOff(string library)
    {
        if (Find(library) is not { } found)
            return false;
        ((delegate* unmanaged<nint, byte, void>)found.Enable)(((delegate* unmanaged<nint>)found.Context)(), 0);
        return true;
    }

    /// <summary>The functions of libtorch by which it is turned off; null where the library does not offer them.</summary>
    public static (nint Context, nint Enable)? Find(string library)
    {
        if (!NativeLibrary.TryLoad(library, out var handle))
            return null;
        foreach (var (context, enable) in Names)
        {
            if (NativeLibrary.TryGetExport(handle, context, out var global) && NativeLibrary.TryGetExport(handle, enable, out var set))
                return (global, set);
        }
        return null;
    }

    private static bool IsRight(ConvolutionForm form)
    {
        using var scope = NewDisposeScope();
        // Fewer images than 16 are convolved without oneDNN where there is one thread.
        var (image, kernel) = (Values(16, form.Channels, 3, 5), Values(form.Filters, form.Channels, form.Side, form.Side));
        if (form.IsChannelsLast)
            image = image.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        var exact = Convolve(ScalarType.Float64);
        return (Convolve(ScalarType.Float32).to(ScalarType.Float64) - exact).abs().max().item<double>() <= Tolerance * exact.abs().max().item<double>();

        Tensor Convolve(ScalarType type) => nn.functional.conv2d(image.to(type), kernel.to(type), padding: [form.Side / 2, form.Side / 2]);
    }

    // No generator is drawn from: that of the process belongs to the user.
    private static Tensor Values(params long[] shape) =>
        tensor(Enumerable.Range(1, (int)shape.Aggregate(1L, (product, side) => product * side)).Select(number => MathF.Sin(number * 1.7f)).ToArray(), shape);

    /// <summary>A convolution.</summary>
    /// <param name="Channels">Channels of the image.</param>
    /// <param name="Filters">Output channels.</param>
    /// <param name="Side">Height and width of the kernel.</param>
    /// <param name="IsChannelsLast">Whether the channels of a pixel lie side by side in memory.</param>
    private sealed record ConvolutionForm(int Channels, int Filters, int Side, bool IsChannelsLast);
}
