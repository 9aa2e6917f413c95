using System.Runtime.InteropServices;
using SkiaSharp;

namespace Rf3d.Datasets;

/// <summary>The memory of a bitmap's pixels, which SkiaSharp gives for reading alone.</summary>
internal static class BitmapPixels
{
    /// <summary>Blue, green, red and alpha of each pixel, row by row, of a bitmap whose rows have no gaps between them.</summary>
    public static Span<byte> WritableBytes(this SKBitmap bitmap)
    {
        var pixels = bitmap.GetPixelSpan();
        return MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(pixels), pixels.Length);
    }

    /// <summary>The pixels of such a bitmap.</summary>
    public static Span<uint> WritablePixels(this SKBitmap bitmap) => MemoryMarshal.Cast<byte, uint>(bitmap.WritableBytes());

    /// <summary>Multiplies the colours by alpha, rounded as Skia does.</summary>
    public static void Premultiply(this SKBitmap bitmap)
    {
        var bytes = bitmap.WritableBytes();
        for (var at = 0; at < bytes.Length; at += 4)
        {
            var alpha = bytes[at + 3];
            if (alpha == byte.MaxValue)
                continue;
            for (var channel = at; channel < at + 3; channel++)
            {
                var product = (bytes[channel] * alpha) + 128;
                bytes[channel] = (byte)((product + (product >> 8)) >> 8);
            }
        }
    }
}
