using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Rf3d.MLNet;

/// <summary>A sum for each channel.</summary>
internal readonly record struct ChannelSums(long Red, long Green, long Blue);

/// <summary>The data of one image other than its pixels: 80 bytes.</summary>
/// <param name="Digest">The first 128 bits of the SHA-256 of the pixels: equal for equal pixels, and for no others that one will ever see.</param>
/// <param name="Sums">Sums of the pixels, each from 0 to 255.</param>
/// <param name="Squares">Sums of their squares.</param>
/// <param name="Label">The class, from 0.</param>
/// <param name="Transparency">Transparency of the file; the pixels are opaque.</param>
internal readonly record struct ImageEntry(UInt128 Digest, ChannelSums Sums, ChannelSums Squares, long Label, Transparency Transparency)
{
    /// <param name="pixels">Red, green and blue of each pixel.</param>
    /// <param name="label">The class, from 0.</param>
    /// <param name="transparency">Transparency of the image.</param>
    public static ImageEntry Of(ReadOnlySpan<byte> pixels, long label, Transparency transparency = Transparency.None)
    {
        long red = 0, green = 0, blue = 0, redSquares = 0, greenSquares = 0, blueSquares = 0;
        for (var i = 0; i + 2 < pixels.Length; i += 3)
        {
            int r = pixels[i], g = pixels[i + 1], b = pixels[i + 2];
            (red, green, blue) = (red + r, green + g, blue + b);
            (redSquares, greenSquares, blueSquares) = (redSquares + (r * r), greenSquares + (g * g), blueSquares + (b * b));
        }
        return new(DigestOf(pixels), new(red, green, blue), new(redSquares, greenSquares, blueSquares), label, transparency);
    }

    public static UInt128 DigestOf(ReadOnlySpan<byte> pixels)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(pixels, hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
