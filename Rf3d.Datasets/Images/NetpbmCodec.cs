using SkiaSharp;

namespace Rf3d.Datasets;

/// <summary>
/// PBM, PGM and PPM, as text (P1 to P3) and binary (P4 to P6), of up to 16 bits a value. SixLabors.ImageSharp 2.1.13 reads these, too, but swaps the bytes of 16-bit values,
/// does not scale values of 9 to 15 bits, and takes pixels that are missing at the end for black.
/// </summary>
internal sealed class NetpbmCodec : ImageCodec
{
    private const int LongestValue = 65_535;

    private readonly byte[] _content;
    private readonly int _length;
    private readonly int _start;
    private readonly int _kind;
    private readonly uint _largest;

    private NetpbmCodec(byte[] content, int length, int start, int kind, int width, int height, uint largest)
        : base(width, height)
    {
        (_content, _length, _start, _kind, _largest) = (content, length, start, kind, largest);
    }

    public override int BytesToDecode => 0;

    // Of text, a value of five digits and a space, three times.
    public override long LongestFile => base.LongestFile + (18L * Width * Height);

    private bool IsText => _kind <= 3;

    private int Channels => _kind is 3 or 6 ? 3 : 1;

    private bool HasBits => _kind is 1 or 4;

    private long RowBytes => HasBits ? ((long)Width + 7) / 8 : (long)Width * Channels * (_largest > byte.MaxValue ? 2 : 1);

    /// <inheritdoc cref="ImageCodec.Open"/>
    public static NetpbmCodec? Of(byte[] content, int length)
    {
        var kind = content[1] - '0';
        var text = new NetpbmText(content.AsSpan(0, length), 2);
        var largest = 1u;
        if (!text.TryNumber(out var width) || !text.TryNumber(out var height) || (kind is not (1 or 4) && !text.TryNumber(out largest)))
            return text.IsAtEnd ? null : throw NotAnImage();
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue || largest is 0 or > LongestValue)
            throw Damaged();
        // One character separates the header from binary values.
        return new(content, length, text.Position + 1, kind, (int)width, (int)height, largest);
    }

    public override void MustBeWhole()
    {
        // Of text, at least one digit a value.
        var least = IsText ? (long)Width * Height * Channels : RowBytes * Height;
        if (least > _length - _start)
            throw CutShort();
    }

    public override SKBitmap Decode(int width, int height) => NewBitmap(width, height, bitmap =>
    {
        var content = _content.AsSpan(0, _length);
        if (IsText)
            ReadText(content, bitmap.WritableBytes());
        else
            ReadBinary(content[_start..], bitmap.WritableBytes());
    });

    private void ReadText(ReadOnlySpan<byte> content, Span<byte> pixels)
    {
        var text = new NetpbmText(content, _start);
        Span<byte> values = stackalloc byte[3];
        for (var at = 0; at < pixels.Length; at += 4)
        {
            for (var channel = 0; channel < Channels; channel++)
            {
                uint value;
                // The digits of bits need no space between them.
                if (!(HasBits ? text.TryBit(out value) : text.TryNumber(out value)))
                    throw text.IsAtEnd ? CutShort() : Damaged();
                values[channel] = Scaled(value);
            }
            Put(pixels[at..], values);
        }
    }

    private void ReadBinary(ReadOnlySpan<byte> content, Span<byte> pixels)
    {
        Span<byte> values = stackalloc byte[3];
        for (var y = 0; y < Height; y++)
        {
            var row = content.Slice((int)(y * RowBytes), (int)RowBytes);
            for (var x = 0; x < Width; x++)
            {
                for (var channel = 0; channel < Channels; channel++)
                {
                    var at = (x * Channels) + channel;
                    values[channel] = Scaled(HasBits ? (uint)((row[x / 8] >> (7 - (x % 8))) & 1)
                        : _largest > byte.MaxValue ? (uint)((row[2 * at] << 8) | row[(2 * at) + 1])
                        : row[at]);
                }
                Put(pixels[(4 * ((y * Width) + x))..], values);
            }
        }
    }

    /// <summary>As 0 to 255. Of bits, 1 is black.</summary>
    private byte Scaled(uint value) => HasBits
        ? (byte)(value == 0 ? byte.MaxValue : 0)
        : (byte)(((Math.Min(value, _largest) * byte.MaxValue) + (_largest / 2)) / _largest);

    private void Put(Span<byte> pixel, ReadOnlySpan<byte> values)
    {
        var isGray = Channels == 1;
        (pixel[0], pixel[1], pixel[2], pixel[3]) = (isGray ? values[0] : values[2], isGray ? values[0] : values[1], values[0], byte.MaxValue);
    }
}
