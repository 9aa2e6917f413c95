namespace Rf3d.Datasets;

/// <summary>
/// The codec of each format. Applications on ONNX Runtime that 'rf3d' generates have another file of this name, with the codecs that need SkiaSharp alone.
/// </summary>
internal static class ImageCodecs
{
    /// <summary>The formats, for messages.</summary>
    public const string Names = ImageFormats.Names;

    /// <inheritdoc cref="ImageCodec.Open"/>
    public static ImageCodec? Of(ImageFormat format, byte[] content, int length) => format switch
    {
        // Skia reads more formats than these. Its decoder of raw photographs allocates memory before the number of pixels is known.
        ImageFormat.Jpeg or ImageFormat.Png or ImageFormat.Bmp or ImageFormat.Gif or ImageFormat.WebP => SkiaCodec.Of(format, content, length),
        ImageFormat.Tiff => TiffCodec.Of(content, length),
        ImageFormat.Netpbm => NetpbmCodec.Of(content, length),
        ImageFormat.Tga => TgaCodec.Of(content, length),
        ImageFormat.Heif or ImageFormat.Avif => HeifCodec.Of(format, content, length),
        _ => throw ImageCodec.NotAnImage(),
    };
}
