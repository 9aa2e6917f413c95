using SkiaSharp;

namespace Rf3d.Datasets;

/// <summary>Turns the pixels of an image as its orientation says.</summary>
internal static class UprightPixels
{
    // Squares that lie in the processor's cache, however far apart the rows of a large photograph are.
    private const int Block = 32;

    /// <param name="stored">The pixels as stored; disposed.</param>
    /// <param name="origin">How they lie.</param>
    /// <exception cref="BadImageException">There is no memory.</exception>
    public static SKBitmap Of(SKBitmap stored, SKEncodedOrigin origin)
    {
        if (origin == SKEncodedOrigin.TopLeft)
            return stored;
        using (stored)
        {
            var (width, height) = (stored.Width, stored.Height);
            var isSideways = origin >= SKEncodedOrigin.LeftTop;
            var upright = new SKBitmap();
            if (!upright.TryAllocPixels(stored.Info.WithSize(isSideways ? height : width, isSideways ? width : height)))
            {
                upright.Dispose();
                throw new BadImageException($"there is no memory to turn its {width}×{height} pixels") { FileMayBeGood = true };
            }
            Turn(stored.WritablePixels(), upright.WritablePixels(), width, height, origin);
            return upright;
        }
    }

    private static void Turn(ReadOnlySpan<uint> stored, Span<uint> upright, int width, int height, SKEncodedOrigin origin)
    {
        // Where the first pixel goes, and how far from it the next of its row and the next of its column go.
        var last = (width * height) - 1;
        var (first, right, down) = origin switch
        {
            SKEncodedOrigin.TopRight => (width - 1, -1, width),
            SKEncodedOrigin.BottomRight => (last, -1, -width),
            SKEncodedOrigin.BottomLeft => (last - width + 1, 1, -width),
            SKEncodedOrigin.LeftTop => (0, height, 1),
            SKEncodedOrigin.RightTop => (height - 1, height, -1),
            SKEncodedOrigin.RightBottom => (last, -height, -1),
            SKEncodedOrigin.LeftBottom => (last - height + 1, -height, 1),
            _ => (0, 1, width),
        };
        for (var top = 0; top < height; top += Block)
        {
            for (var left = 0; left < width; left += Block)
            {
                var (bottom, end) = (Math.Min(height, top + Block), Math.Min(width, left + Block));
                for (var y = top; y < bottom; y++)
                {
                    for (var x = left; x < end; x++)
                        upright[first + (x * right) + (y * down)] = stored[(y * width) + x];
                }
            }
        }
    }
}
