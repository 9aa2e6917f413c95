namespace Rf3d.Planning;

/// <summary>
/// Which channels the filters of a rolling pointwise convolution see: Listing 2 of the paper, made exact. Filter f sees <see cref="Width"/>
/// channels from (f · <see cref="Step"/>) mod channels on, around the end.
/// </summary>
internal readonly record struct RollingWindows(int Channels, int Width, int Step)
{
    public static RollingWindows Of(RollingPointwiseConvolution layer, int channels)
    {
        var width = channels / layer.Groups;
        return new(channels, width, width - (int)(layer.Overlap * width));
    }

    /// <summary>Number of different windows; filter f has window f mod this.</summary>
    public int Count => Channels / GreatestCommonDivisor(Step, Channels);

    public int Start(int filter) => (int)((long)filter * Step % Channels);

    private static int GreatestCommonDivisor(int a, int b) => b == 0 ? a : GreatestCommonDivisor(b, a % b);
}
