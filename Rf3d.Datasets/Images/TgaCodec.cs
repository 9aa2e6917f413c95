using System.Buffers.Binary;
using SixLabors.ImageSharp.Formats.Tga;
using SkiaSharp;

namespace Rf3d.Datasets;

/// <summary>TGA.</summary>
internal sealed class TgaCodec : ImageCodec
{
    private const int HeaderLength = 18;

    private readonly byte[] _content;
    private readonly int _length;

    private TgaCodec(byte[] content, int length)
        : base(BinaryPrimitives.ReadUInt16LittleEndian(content.AsSpan(12)), BinaryPrimitives.ReadUInt16LittleEndian(content.AsSpan(14)))
    {
        (_content, _length) = (content, length);
    }

    public override int BytesToDecode => 16;

    private bool IsRunLengthEncoded => _content[2] >= 9;

    private int BytesOfPixel => (_content[16] + 7) / 8;

    private long Start => HeaderLength + _content[0] + (_content[1] * BinaryPrimitives.ReadUInt16LittleEndian(_content.AsSpan(5)) * (long)((_content[7] + 7) / 8));

    /// <inheritdoc cref="ImageCodec.Open"/>
    public static TgaCodec Of(byte[] content, int length) => new(content, length);

    public override void MustBeWhole()
    {
        var pixels = (long)Width * Height;
        var at = Start;
        if (!IsRunLengthEncoded)
        {
            if (at + (pixels * BytesOfPixel) > _length)
                throw CutShort();
            return;
        }
        while (pixels > 0)
        {
            if (at >= _length)
                throw CutShort();
            var packet = _content[at];
            var count = (packet & 0x7F) + 1;
            at += 1 + ((packet & 0x80) != 0 ? BytesOfPixel : (long)count * BytesOfPixel);
            pixels -= count;
        }
        if (at > _length)
            throw CutShort();
    }

    public override SKBitmap Decode(int width, int height) =>
        NewBitmap(width, height, bitmap => ImageSharpPixels.Decode(new TgaDecoder(), _content, _length, bitmap));
}
