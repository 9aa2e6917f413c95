using System.CommandLine.Parsing;
using System.Globalization;
using Rf3d.Planning;

namespace Rf3d.ModelBuilder;

/// <summary>Reads the size of images: one number, or HEIGHTxWIDTH.</summary>
internal static class ImageSizeParser
{
    /// <param name="argument">The argument, of one token.</param>
    /// <param name="most">Greatest height and width, in pixels.</param>
    /// <returns>Null, and an error of the argument, where it is neither.</returns>
    public static Size2D? Parse(ArgumentResult argument, int most)
    {
        var text = argument.Tokens[0].Value;
        var numbers = text.Split('x', 'X');
        if (numbers.Length <= 2
            && numbers.All(number => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size >= 1 && size <= most))
        {
            var sizes = Array.ConvertAll(numbers, number => int.Parse(number, CultureInfo.InvariantCulture));
            return new Size2D(sizes[0], sizes[^1]);
        }
        argument.AddError(Numbers.Text($"--image-size is one number, or HEIGHTxWIDTH, each from 1 to {most}; '{text}' is neither."));
        return null;
    }
}
