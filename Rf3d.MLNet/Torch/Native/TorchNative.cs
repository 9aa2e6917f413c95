using System.Runtime.InteropServices;

namespace Rf3d.MLNet;

/// <summary>The one way to TorchSharp: everything that touches it calls <see cref="EnsureLoaded"/> first.</summary>
internal static class TorchNative
{
    // Once in a process, before anything else convolves.
    private static readonly Lazy<TorchFinding?> Convolutions = new(VerifyConvolutions);

    public static TorchNativeLoader Loader { get; } = new();

    /// <summary>The finding about convolutions on the CPU; null where they are right. The libraries must be loaded.</summary>
    public static TorchFinding? ConvolutionFinding => Convolutions.Value;

    /// <summary>
    /// Loads TorchSharp's native libraries, once per process, and makes sure that convolutions on the CPU are right. Without it TorchSharp loads them itself, in the static constructor of
    /// whichever of its types is used first; when that fails, the type is lost to the process and the reason is buried.
    /// </summary>
    /// <exception cref="DllNotFoundException">
    /// They cannot be loaded, or compute wrong values or nothing on this machine; the message says why and what to do. Every later call fails in the same way.
    /// </exception>
    public static void EnsureLoaded()
    {
        Loader.EnsureLoaded();
        if (ConvolutionFinding is { IsError: true } finding)
            throw new DllNotFoundException($"{finding.Message} {finding.Remedy}");
    }

    /// <summary>As <see cref="OneDnn.Verify"/>; convolutions that end with an error twice count as wrong, and the finding has the first line of the error.</summary>
    internal static TorchFinding? VerifyConvolutions(Func<bool> areRight, Func<bool> tryTurnOff)
    {
        string? failure = null;
        var areWrong = false;
        var finding = OneDnn.Verify(() => Try() ?? Try() ?? false, tryTurnOff);
        if (finding is null || failure is null)
            return finding;
        if (areWrong)
            return finding with { Message = $"{finding.Message} The error of libtorch was: {failure}" };
        var consequence = finding.IsError ? "" : " Without oneDNN they do not. It is turned off: training on the CPU is slower.";
        return finding with { Message = $"On this machine convolutions on the CPU end with an error of libtorch: {failure.TrimEnd('.')}.{consequence}" };

        // Null where there is an error, which may be of this moment, as where memory is short.
        bool? Try()
        {
            try
            {
                var isRight = areRight();
                areWrong |= !isRight;
                return isRight;
            }
            // libtorch has this type for all errors.
            catch (ExternalException error)
            {
                using var lines = new StringReader(error.Message);
                failure = lines.ReadLine() ?? "";
                return null;
            }
        }
    }

    private static TorchFinding? VerifyConvolutions() => VerifyConvolutions(OneDnn.AreConvolutionsRight, () => OneDnn.TryTurnOff(Loader.CpuLibrary));
}
