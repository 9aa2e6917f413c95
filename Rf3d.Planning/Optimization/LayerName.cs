using System.Globalization;
using static System.FormattableString;

namespace Rf3d.Planning;

/// <summary>Kernels by the names of the paper: PW, DW, GC-g4, GPW-g4, RPW-g2-o50.</summary>
internal static class LayerName
{
    public static string Of(Layer layer) => layer switch
    {
        Convolution { Groups: 1 } convolution => convolution.Size == 1 ? "PW" : $"convolution {convolution.Size}",
        Convolution grouped => Invariant($"{(grouped.Size == 1 ? "GPW" : "GC")}-g{grouped.Groups}"),
        DepthwiseConvolution => "DW",
        RollingPointwiseConvolution rolling => Rolling(rolling.Groups, rolling.Overlap),
        ChannelShuffle shuffle => Invariant($"shuffle-g{shuffle.Groups}"),
        _ => throw new NotSupportedException($"A {layer.GetType().Name} has no name in the paper."),
    };

    /// <summary>Kernels in a row: DW+PW.</summary>
    public static string Of(IEnumerable<Layer> layers) => string.Join('+', layers.Select(Of));

    public static string Rolling(int groups, double overlap) => Invariant($"RPW-g{groups}-o{Percent(overlap)}");

    /// <summary>33 and 67 are thirds, as in the paper; a number with a point is exact.</summary>
    public static string Percent(double overlap)
    {
        if (overlap is 1 / 3d)
            return "33";
        if (overlap is 2 / 3d)
            return "67";
        var percent = (100 * (decimal)overlap).ToString("0.############################", CultureInfo.InvariantCulture);
        return percent is "33" or "67" ? percent + ".0" : percent;
    }

    /// <inheritdoc cref="Percent"/>
    public static double Overlap(string percent) => percent switch
    {
        "33" => 1 / 3d,
        "67" => 2 / 3d,
        _ => (double)(decimal.Parse(percent, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture) / 100),
    };
}
