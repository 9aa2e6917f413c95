using Microsoft.ML.Data;

namespace Rf3d.MLNet;

/// <summary>Draws a class-activation map over its image.</summary>
internal static class ActivationOverlay
{
    // Distinguishable in all common kinds of colour blindness.
    private static readonly double[] For = [255, 122, 0];
    private static readonly double[] Against = [30, 90, 255];

    /// <param name="map">The map.</param>
    /// <param name="pixels">The image by channel, row and column, 0 to 255.</param>
    /// <param name="opacity">Share of the strongest colour.</param>
    public static MLImage Draw(ClassActivationMap map, float[] pixels, double opacity)
    {
        var (height, width) = (map.ImageHeight, map.ImageWidth);
        var strongest = Math.Max(1e-12, map.Values.Max(Math.Abs));
        var drawn = new byte[height * width * 4];
        var plane = height * width;
        for (var i = 0; i < plane; i++)
        {
            var value = At(map, ((i / width) + 0.5) * map.Height / height, ((i % width) + 0.5) * map.Width / width) / strongest;
            var (colour, share) = (value > 0 ? For : Against, opacity * Math.Min(1, Math.Abs(value)));
            // Grey below the colour, or a red flower would be an answer by itself.
            var grey = (0.299 * pixels[i]) + (0.587 * pixels[plane + i]) + (0.114 * pixels[(2 * plane) + i]);
            for (var channel = 0; channel < 3; channel++)
                drawn[(4 * i) + channel] = (byte)Math.Round(Math.Clamp(opacity > 0 ? (grey * (1 - share)) + (colour[channel] * share) : pixels[(channel * plane) + i], 0, 255));
            drawn[(4 * i) + 3] = byte.MaxValue;
        }
        return MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, drawn);
    }

    /// <summary>Between the middles of the places: bilinear, the same outwards from the outermost middles.</summary>
    private static double At(ClassActivationMap map, double y, double x)
    {
        var (row, column) = (Math.Clamp(y - 0.5, 0, map.Height - 1), Math.Clamp(x - 0.5, 0, map.Width - 1));
        var (top, left) = ((int)row, (int)column);
        var (bottom, right) = (Math.Min(top + 1, map.Height - 1), Math.Min(left + 1, map.Width - 1));
        var (down, across) = (row - top, column - left);
        return ((1 - down) * (((1 - across) * map[top, left]) + (across * map[top, right])))
            + (down * (((1 - across) * map[bottom, left]) + (across * map[bottom, right])));
    }
}
