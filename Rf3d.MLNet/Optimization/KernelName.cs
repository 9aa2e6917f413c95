using System.Globalization;

namespace Rf3d.MLNet;

/// <summary>Kernels by the names of the paper: PW, DW, GC-g4, GPW-g4, RPW-g2-o50.</summary>
internal static class KernelName
{
    public static string Of(Kernel kernel) => kernel switch
    {
        Convolution { Groups: 1 } convolution => convolution.Size == 1 ? "PW" : $"convolution {convolution.Size}",
        Convolution grouped => Words($"{(grouped.Size == 1 ? "GPW" : "GC")}-g{grouped.Groups}"),
        DepthwiseConvolution => "DW",
        RollingPointwiseConvolution rolling => Rolling(rolling.Groups, rolling.Overlap),
        ChannelShuffle shuffle => Words($"shuffle-g{shuffle.Groups}"),
        _ => throw new NotSupportedException($"A {kernel.GetType().Name} has no name in the paper."),
    };

    /// <summary>Kernels in a row: DW+PW.</summary>
    public static string Of(IEnumerable<Kernel> kernels) => string.Join('+', kernels.Select(Of));

    public static string Rolling(int groups, double overlap) => Words($"RPW-g{groups}-o{Math.Round(overlap * 100)}");

    private static string Words(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
