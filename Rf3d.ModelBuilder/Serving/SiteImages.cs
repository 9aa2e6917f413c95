using Microsoft.AspNetCore.Http;
using Microsoft.ML.Data;
using Rf3d.Datasets;
using Rf3d.MLNet;
using SkiaSharp;

namespace Rf3d.ModelBuilder;

/// <summary>Images that come with requests, and pictures that go back.</summary>
internal sealed class SiteImages(SiteSettings settings)
{
    private const int PreviewSide = 640;

    public ImagePredictionOptions PredictionOptions { get; } = new() { MaxPixels = settings.MaxPixels, ApplyOrientation = settings.ApplyOrientation };

    /// <summary>The first file of a multipart form, or the body; empty if there is none.</summary>
    public static async Task<byte[]> Content(HttpRequest request, CancellationToken cancellation)
    {
        using var content = new MemoryStream();
        // curl calls a body without a declared type a form of another kind.
        if (request.ContentType?.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase) is true)
        {
            var form = await request.ReadFormAsync(cancellation);
            if (form.Files.Count > 0)
                await form.Files[0].CopyToAsync(content, cancellation);
        }
        else
        {
            await request.Body.CopyToAsync(content, cancellation);
        }
        return content.ToArray();
    }

    /// <summary>The image as the network sees it, with a class-activation map over it, as PNG.</summary>
    /// <param name="model">The model.</param>
    /// <param name="content">The image file.</param>
    /// <param name="label">The class; null for the predicted one.</param>
    /// <exception cref="InvalidDataException">The image cannot be read.</exception>
    /// <exception cref="NotSupportedException">The network has no class-activation maps.</exception>
    public byte[] Map(ServedModel model, byte[] content, string? label)
    {
        using var image = Read(content);
        using var overlay = model.Predictor.Use(used => used.GetClassActivationMap(image, label)).Overlay();
        return Pictures.Png(overlay, PreviewSide);
    }

    /// <summary>The image for a browser that cannot show its format, as PNG of at most 640 pixels.</summary>
    /// <exception cref="InvalidDataException">The image cannot be read.</exception>
    public byte[] Preview(byte[] content)
    {
        using var image = Read(content);
        return Pictures.Png(image, PreviewSide);
    }

    private MLImage Read(byte[] content) => ImageReader.Read(content, settings.MaxPixels, settings.ApplyOrientation);
}
