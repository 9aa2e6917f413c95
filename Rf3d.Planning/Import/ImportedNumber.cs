using System.Globalization;

namespace Rf3d.Planning;

/// <summary>
/// Numbers from an imported network. Above the limits no network can run, and below them no arithmetic of shapes can overflow.
/// </summary>
internal static class ImportedNumber
{
    /// <summary>A number of channels, filters, groups or outputs.</summary>
    public static int Count(string layer, string what, long value) => Within(layer, what, value, 1, NetworkLimits.Channels);

    /// <summary>A height or a width of an image.</summary>
    public static int Side(string layer, string what, long value) => Within(layer, what, value, 1, NetworkLimits.ImageSide);

    /// <summary>Height and width of a kernel, a stride or a dilation.</summary>
    public static Size2D Size(string layer, string what, IReadOnlyList<long> values) => Pair(layer, what, values, 1);

    /// <summary>Height and width of a padding.</summary>
    public static Size2D Padding(string layer, IReadOnlyList<long> values) => Pair(layer, "padding", values, 0);

    /// <summary>The padding that keeps ⌈length / stride⌉ pixels, where it is the same on both sides.</summary>
    /// <param name="layer">Its name.</param>
    /// <param name="input">The input of the window.</param>
    /// <param name="size">The window.</param>
    /// <param name="stride">Its steps.</param>
    /// <param name="dilation">Its gaps.</param>
    public static Size2D SamePadding(string layer, TensorShape input, Size2D size, Size2D stride, Size2D dilation)
    {
        int Half(int length, int window, int step)
        {
            var total = Math.Max(((((length + step - 1) / step) - 1) * step) + window - length, 0);
            return total % 2 == 0
                ? Within(layer, "padding", total / 2, 0, NetworkLimits.WindowSide)
                : throw NetworkImportException.At(layer, $"pads by {total} pixels, more on one side than on the other; only paddings that are the same on both are supported");
        }

        return new(
            Half(input.Height, (dilation.Height * (size.Height - 1)) + 1, stride.Height),
            Half(input.Width, (dilation.Width * (size.Width - 1)) + 1, stride.Width));
    }

    private static Size2D Pair(string layer, string what, IReadOnlyList<long> values, int least) => values.Count == 2
        ? new(Within(layer, what, values[0], least, NetworkLimits.WindowSide), Within(layer, what, values[1], least, NetworkLimits.WindowSide))
        : throw NetworkImportException.At(layer, $"has a {what} of {values.Count} numbers; only layers over height and width are supported");

    private static int Within(string layer, string what, long value, int least, int most) => value >= least && value <= most
        ? (int)value
        : throw NetworkImportException.At(layer, string.Create(CultureInfo.InvariantCulture, $"has a {what} of {value}, which is not between {least} and {most}"));
}
