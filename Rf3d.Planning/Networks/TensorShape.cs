using System.Globalization;

namespace Rf3d.Planning;

/// <summary>The shape of one image or feature map, without the batch.</summary>
/// <param name="Channels">Channels: 3 for an RGB image.</param>
/// <param name="Height">Rows, in pixels.</param>
/// <param name="Width">Columns, in pixels.</param>
public readonly record struct TensorShape(int Channels, int Height, int Width)
{
    /// <summary>Number of values: channels · height · width. V0 in Eq. 7 of the paper.</summary>
    public long Volume => (long)Channels * Height * Width;

    /// <summary>Height, width and channels as in <c>32x32x3</c>, the order in which the paper writes them.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Height}x{Width}x{Channels}");
}
