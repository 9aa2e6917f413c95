using Microsoft.ML.Transforms.Image;

namespace Rf3d.MLNet;

/// <summary>
/// Makes red, green and blue of each pixel, as bytes, of the planes that <see cref="ImagePreprocessing"/> extracts. With planes of alpha it puts the background behind pixels that
/// are transparent: min(colour, alpha) + round(background · (255 − alpha) / 255), as the first step of a saved graph computes it. Colours come multiplied by
/// alpha / 255, as ML.NET has them; one above its alpha is not, and counts as its alpha.
/// </summary>
internal sealed class PixelComposer
{
    private const int Opaque = byte.MaxValue;

    private readonly int _height;
    private readonly int _width;

    // Wholly transparent lines at the edges that come from resizing: IsoPad makes any number, IsoCrop by its rounding one at times.
    private readonly int _emptyLines;

    // The part of the background that shows, for red, green and blue, by alpha; null without planes of alpha.
    private readonly byte[][]? _behind;

    public PixelComposer(ImagePreprocessing preprocessing)
    {
        (_height, _width) = (preprocessing.Height, preprocessing.Width);
        _emptyLines = preprocessing.Resizing switch
        {
            ImageResizingEstimator.ResizingKind.Fill => 0,
            ImageResizingEstimator.ResizingKind.IsoCrop => 1,
            _ => int.MaxValue,
        };
        _behind = preprocessing.Background is { } background ? Array.ConvertAll(background.Values, value => Behind((int)value)) : null;
    }

    private int PlaneLength => _height * _width;

    /// <param name="planes">One plane a channel: alpha where there is a background, then red, green and blue, whole numbers from 0 to 255.</param>
    /// <param name="pixels">Receives height × width × 3 bytes.</param>
    /// <returns>How much of the image is transparent, without the lines that resizing left empty at its edges.</returns>
    public Transparency Compose(ReadOnlySpan<float> planes, Span<byte> pixels)
    {
        if (_behind is null)
        {
            Copy(planes, pixels);
            return Transparency.None;
        }
        var size = PlaneLength;
        var alpha = planes[..size];
        var red = planes.Slice(size, size);
        var green = planes.Slice(2 * size, size);
        var blue = planes.Slice(3 * size, size);
        var isOpaque = true;
        for (var i = 0; i < size; i++)
        {
            var (opacity, pixel) = ((int)alpha[i], 3 * i);
            if (opacity == Opaque)
            {
                (pixels[pixel], pixels[pixel + 1], pixels[pixel + 2]) = ((byte)red[i], (byte)green[i], (byte)blue[i]);
                continue;
            }
            isOpaque = false;
            pixels[pixel] = Over(red[i], opacity, _behind[0]);
            pixels[pixel + 1] = Over(green[i], opacity, _behind[1]);
            pixels[pixel + 2] = Over(blue[i], opacity, _behind[2]);
        }
        return isOpaque ? Transparency.None : TransparencyOf(alpha);
    }

    /// <summary>The same pixels as planes of red, green and blue.</summary>
    public float[] Planes(ReadOnlySpan<float> planes)
    {
        var pixels = new byte[3 * PlaneLength];
        Compose(planes, pixels);
        var colours = new float[pixels.Length];
        for (var i = 0; i < pixels.Length; i++)
            colours[(i % 3 * PlaneLength) + (i / 3)] = pixels[i];
        return colours;
    }

    private static byte Over(float colour, int opacity, byte[] behind) => (byte)(Math.Min((int)colour, opacity) + behind[opacity]);

    // Never half of a whole number: 2 · background · clear is even, an odd number of halves of 255 is not.
    private static byte[] Behind(int background) =>
        [.. Enumerable.Range(0, Opaque + 1).Select(opacity => (byte)(((2 * background * (Opaque - opacity)) + Opaque) / (2 * Opaque)))];

    private static void Copy(ReadOnlySpan<float> planes, Span<byte> pixels)
    {
        var size = planes.Length / 3;
        var red = planes[..size];
        var green = planes.Slice(size, size);
        var blue = planes[(2 * size)..];
        for (var i = 0; i < size; i++)
            (pixels[3 * i], pixels[(3 * i) + 1], pixels[(3 * i) + 2]) = ((byte)red[i], (byte)green[i], (byte)blue[i]);
    }

    private Transparency TransparencyOf(ReadOnlySpan<float> alpha)
    {
        if (!alpha.ContainsAnyExcept(0f))
            return Transparency.Whole;
        var (top, bottom, left, right) = (0, _height, 0, _width);
        while (top < _emptyLines && !alpha.Slice(top * _width, _width).ContainsAnyExcept(0f))
            top++;
        while (_height - bottom < _emptyLines && !alpha.Slice((bottom - 1) * _width, _width).ContainsAnyExcept(0f))
            bottom--;
        while (left < _emptyLines && IsEmpty(alpha, left))
            left++;
        while (_width - right < _emptyLines && IsEmpty(alpha, right - 1))
            right--;
        for (var row = top; row < bottom; row++)
        {
            if (alpha[((row * _width) + left)..((row * _width) + right)].ContainsAnyExcept((float)Opaque))
                return Transparency.Partial;
        }
        return Transparency.None;
    }

    private bool IsEmpty(ReadOnlySpan<float> alpha, int column)
    {
        for (var i = column; i < alpha.Length; i += _width)
        {
            if (alpha[i] != 0)
                return false;
        }
        return true;
    }
}
