using System.Runtime.InteropServices;
using SkiaSharp;

namespace Rf3d.Datasets;

/// <summary>JPEG, PNG, BMP, GIF and WebP, by Skia: the pixels are those of MLImage.CreateFromFile.</summary>
internal sealed class SkiaCodec : ImageCodec
{
    private readonly ImageFormat _format;
    private readonly byte[] _content;
    private readonly int _length;
    private readonly SKCodec _codec;
    private readonly SKData _data;
    private GCHandle _pinned;

    private SkiaCodec(ImageFormat format, byte[] content, int length, SKCodec codec, SKData data, GCHandle pinned)
        : base(codec.Info.Width, codec.Info.Height)
    {
        (_format, _content, _length, _codec, _data, _pinned) = (format, content, length, codec, data, pinned);
    }

    public override SKEncodedOrigin Origin => ExifOrigin.Of(_format, _content.AsSpan(0, _length));

    // Frames of an animation come after the first.
    protected override int OtherBytes => _format is ImageFormat.Gif or ImageFormat.WebP or ImageFormat.Png ? BytesOfFurtherImages : base.OtherBytes;

    /// <inheritdoc cref="ImageCodec.Open"/>
    public static SkiaCodec? Of(ImageFormat format, byte[] content, int length)
    {
        // From memory, never from a .NET stream: there an exception would pass through native code, which ends the process.
        var pinned = GCHandle.Alloc(content, GCHandleType.Pinned);
        var data = SKData.Create(pinned.AddrOfPinnedObject(), length);
        if (SKCodec.Create(new SKMemoryStream(data), out var result) is { } codec)
            return new(format, content, length, codec, data, pinned);
        data.Dispose();
        pinned.Free();
        return result == SKCodecResult.IncompleteInput ? null : throw NotAnImage();
    }

    /// <summary>A JPEG takes at least one bit for each block of 64 pixels. Its decoder would make up the rest, and say nothing, where the end of the image is marked too early.</summary>
    public override void MustBeWhole()
    {
        if (_format == ImageFormat.Jpeg && 8L * _length < (long)Width * Height / 64)
            throw CutShort();
    }

    /// <summary>A JPEG is decoded at an eighth of its size, two eighths, and so on.</summary>
    public override (int Width, int Height) Scaled(int? least)
    {
        if (least is not { } pixels || _format != ImageFormat.Jpeg)
            return (Width, Height);
        for (var eighths = 1; eighths < 8; eighths++)
        {
            var scaled = _codec.GetScaledDimensions(eighths / 8f);
            if (scaled.Width >= pixels && scaled.Height >= pixels)
                return (scaled.Width, scaled.Height);
        }
        return (Width, Height);
    }

    public override SKBitmap Decode(int width, int height) => NewBitmap(width, height, bitmap =>
    {
        switch (_codec.GetPixels(bitmap.Info, bitmap.GetPixels()))
        {
            case SKCodecResult.Success:
                break;
            case SKCodecResult.IncompleteInput:
                throw CutShort();
            case SKCodecResult.ErrorInInput:
                throw Damaged();
            case var result:
                throw new BadImageException($"it could not be decoded ({result})");
        }
    });

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!_pinned.IsAllocated)
            return;
        _codec.Dispose();
        _data.Dispose();
        _pinned.Free();
    }
}
