using System.Globalization;
using System.Text;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Pbm;
using SixLabors.ImageSharp.Formats.Tga;
using SixLabors.ImageSharp.Formats.Tiff;
using SixLabors.ImageSharp.Formats.Tiff.Constants;
using SixLabors.ImageSharp.PixelFormats;

namespace Rf3d.Fuzz;

/// <summary>Drawn images in the formats that Skia neither reads nor writes: TIFF, TGA, and PBM, PGM and PPM.</summary>
internal static class OtherImageFiles
{
    private static readonly (string Name, IImageEncoder Encoder)[] Encoders =
    [
        ("plain.tiff", Tiff(TiffBitsPerPixel.Bit24, TiffCompression.None)),
        ("lzw.tiff", Tiff(TiffBitsPerPixel.Bit24, TiffCompression.Lzw)),
        ("deflate.tiff", Tiff(TiffBitsPerPixel.Bit24, TiffCompression.Deflate)),
        ("grey.tiff", Tiff(TiffBitsPerPixel.Bit8, TiffCompression.PackBits)),
        ("palette.tiff", Tiff(TiffBitsPerPixel.Bit4, TiffCompression.PackBits)),
        ("fax.tiff", Tiff(TiffBitsPerPixel.Bit1, TiffCompression.CcittGroup4Fax)),
        ("jpeg.tiff", Tiff(TiffBitsPerPixel.Bit24, TiffCompression.Jpeg)),
        ("plain.tga", new TgaEncoder { BitsPerPixel = TgaBitsPerPixel.Pixel24, Compression = TgaCompression.None }),
        ("runs.tga", new TgaEncoder { BitsPerPixel = TgaBitsPerPixel.Pixel32, Compression = TgaCompression.RunLength }),
        ("text.pbm", Netpbm(PbmEncoding.Plain, PbmColorType.BlackAndWhite)),
        ("text.pgm", Netpbm(PbmEncoding.Plain, PbmColorType.Grayscale)),
        ("binary.pgm", Netpbm(PbmEncoding.Binary, PbmColorType.Grayscale)),
        ("text.ppm", Netpbm(PbmEncoding.Plain, PbmColorType.Rgb)),
        ("binary.ppm", Netpbm(PbmEncoding.Binary, PbmColorType.Rgb)),
    ];

    public static void Write(string folder)
    {
        using var image = Draw(24, 31);
        foreach (var (name, encoder) in Encoders)
            image.Save(Path.Combine(folder, name), encoder);
        File.WriteAllBytes(Path.Combine(folder, "binary.pbm"), Pbm(24, 31));
    }

    /// <summary>Eight pixels a byte, rows filled up to whole bytes. SixLabors.ImageSharp 2.1.13 writes too few of them.</summary>
    private static byte[] Pbm(int height, int width) =>
        [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"P4\n{width} {height}\n")), .. Enumerable.Range(0, height * ((width + 7) / 8)).Select(place => (byte)(place * 37))];

    private static TiffEncoder Tiff(TiffBitsPerPixel bits, TiffCompression compression) => new() { BitsPerPixel = bits, Compression = compression };

    private static PbmEncoder Netpbm(PbmEncoding encoding, PbmColorType colour) => new() { Encoding = encoding, ColorType = colour, ComponentType = PbmComponentType.Byte };

    /// <summary>Blocks of several colours, so that every kind of compression has something to do.</summary>
    private static Image<Rgba32> Draw(int height, int width)
    {
        var image = new Image<Rgba32>(width, height);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
                image[x, y] = new Rgba32((byte)(x / 6 * 40), (byte)(y / 5 * 50), (byte)(x * y % 256), (byte)(x < 20 ? 255 : 128));
        }
        return image;
    }
}
