using SkiaSharp;

namespace Rf3d.Datasets;

/// <summary>
/// Decodes image files to the same pixels as MLImage.CreateFromFile, but with a reason when one is bad, and without letting
/// a file pass that ends half-way: MLImage fills the rest with grey or nothing, which a model would learn from.
/// </summary>
internal static class ImageDecoder
{
    /// <exception cref="BadImageException">The file is missing, not an image, or damaged.</exception>
    public static SKBitmap Decode(string path)
    {
        var bytes = Read(path);
        if (bytes.Length == 0)
            throw new BadImageException("the file is empty");

        using var stream = new MemoryStream(bytes, writable: false);
        using var codec = SKCodec.Create(stream, out var opened)
            ?? throw new BadImageException(opened == SKCodecResult.IncompleteInput
                ? "the file is cut short within its header"
                : "its content is not an image in a format that can be decoded (JPEG, PNG, BMP, GIF or WebP)");

        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Bgra8888, SKAlphaType.Premul);
        if (info.Width <= 0 || info.Height <= 0 || info.BytesSize64 > Array.MaxLength)
            throw new BadImageException($"its size of {info.Width}×{info.Height} pixels is not one that can be decoded");

        var bitmap = new SKBitmap();
        if (!bitmap.TryAllocPixels(info))
        {
            bitmap.Dispose();
            throw new BadImageException($"there is no memory for its {info.Width}×{info.Height} pixels");
        }
        var result = codec.GetPixels(info, bitmap.GetPixels());
        if (result == SKCodecResult.Success)
            return bitmap;
        bitmap.Dispose();
        throw new BadImageException(result switch
        {
            SKCodecResult.IncompleteInput => "the file ends before the image does: it is cut short",
            SKCodecResult.ErrorInInput => "its data is damaged",
            _ => $"it could not be decoded ({result})",
        });
    }

    private static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BadImageException("the file was deleted or moved after the folder was loaded", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadImageException($"the file could not be opened ({error.Message})", error);
        }
    }
}
