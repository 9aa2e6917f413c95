using System.Buffers.Binary;
using SkiaSharp;

namespace Rf3d.Datasets;

/// <summary>HEIC and AVIF, where <see cref="HeifLibrary"/> is installed. It turns the image itself, as the container says.</summary>
internal sealed class HeifCodec : ImageCodec
{
    private const int VersionLength = 4;

    private readonly ImageFormat _format;
    private readonly byte[] _content;
    private readonly int _length;

    private HeifCodec(ImageFormat format, byte[] content, int length, int width, int height)
        : base(width, height)
    {
        (_format, _content, _length) = (format, content, length);
    }

    public override int BytesToDecode => 12;

    /// <inheritdoc cref="ImageCodec.Open"/>
    public static HeifCodec? Of(ImageFormat format, byte[] content, int length)
    {
        if (!HeifLibrary.IsInstalled)
            throw new BadImageException($"it is {(format == ImageFormat.Avif ? "an AVIF" : "a HEIC")} image: 'rf3d install-heic' installs what reads it, or save it as JPEG or PNG");
        if (!IsoBox.TryFind(content.AsSpan(0, length), "meta"u8, out var meta))
            return null;
        if (meta.Length < VersionLength || !IsoBox.TryFind(meta[VersionLength..], "iprp"u8, out var items) || !IsoBox.TryFind(items, "ipco"u8, out var properties))
            throw NotAnImage();
        var (width, height) = LargestSize(properties);
        return width is > 0 and <= int.MaxValue && height is > 0 and <= int.MaxValue ? new(format, content, length, (int)width, (int)height) : throw NotAnImage();
    }

    public override SKBitmap Decode(int width, int height)
    {
        var decoded = HeifLibrary.Decode(_content, _length, _format == ImageFormat.Avif);
        // Of an image that is cropped or turned, the size differs; there are never more pixels.
        if ((long)decoded.Width * decoded.Height > (long)width * height || decoded.Bgra.Length != 4L * decoded.Width * decoded.Height)
            throw new BadImageException($"its data has {decoded.Width}×{decoded.Height} pixels, and its header {width}×{height}");
        return NewBitmap(decoded.Width, decoded.Height, bitmap =>
        {
            decoded.Bgra.CopyTo(bitmap.WritableBytes());
            bitmap.Premultiply();
        });
    }

    /// <summary>The size of the largest image in the container, which is the one that its tiles make.</summary>
    private static (uint Width, uint Height) LargestSize(ReadOnlySpan<byte> properties)
    {
        var (width, height) = (0u, 0u);
        while (IsoBox.TryRead(properties, out var type, out var box, out var next))
        {
            if (type.SequenceEqual("ispe"u8) && box.Length >= VersionLength + 8)
            {
                var (boxWidth, boxHeight) = (BinaryPrimitives.ReadUInt32BigEndian(box[VersionLength..]), BinaryPrimitives.ReadUInt32BigEndian(box[(VersionLength + 4)..]));
                if ((ulong)boxWidth * boxHeight > (ulong)width * height)
                    (width, height) = (boxWidth, boxHeight);
            }
            properties = properties[next..];
        }
        return (width, height);
    }
}
