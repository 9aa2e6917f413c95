using System.Net.Http.Headers;
using Microsoft.ML;
using Rf3d.MLNet;
using SkiaSharp;

namespace Rf3d.Benchmarks;

/// <summary>The kinds of requests of the load: two thirds good images, the others not.</summary>
internal sealed class LoadMix
{
    // The limits of a generated web API.
    private const long MaxPixels = 25_000_000;
    private const int MaxUpload = 20_000_000;
    private const string Predict = "/predict";

    // Multiples of it are spread evenly.
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private readonly LoadRequest[] _deck;

    private LoadMix(IReadOnlyList<string> classes, IReadOnlyList<LoadRequest> requests)
    {
        (Classes, Requests) = (classes, requests);
        _deck = [.. requests.SelectMany(request => Enumerable.Repeat(request, request.Weight))];
    }

    public IReadOnlyList<string> Classes { get; }

    public IReadOnlyList<LoadRequest> Requests { get; }

    /// <summary>A photograph that takes the service a while.</summary>
    public LoadRequest Slow => Requests.First(request => request.Kind == LargePhotograph);

    private static string LargePhotograph => "JPEG of 3000×2000";

    /// <param name="model">The model of the service: its scores of the good images are expected.</param>
    public static LoadMix Create(string model)
    {
        using var saved = Rf3dSavedModel.Load(new MLContext(1), model);
        var jpeg = LoadImages.Encoded(SKEncodedImageFormat.Jpeg, 640, 480);
        var turned = LoadImages.Turned(320, 240);
        var (bomb, heavy) = (LoadImages.PngBomb(), new byte[MaxUpload + 1_000_000]);
        List<LoadRequest> requests =
        [
            Good("JPEG of 32×32", 20, LoadImages.Encoded(SKEncodedImageFormat.Jpeg, 32, 32)),
            Good("JPEG of 640×480", 10, jpeg),
            Good(LargePhotograph, 1, LoadImages.Encoded(SKEncodedImageFormat.Jpeg, 3000, 2000)),
            Good("JPEG of 320×240, turned", 6, turned),
            Good("JPEG of 640×480 as a form", 10, jpeg, isForm: true),
            Good("JPEG of 640×480 as text/plain", 2, jpeg, "text/plain"),
            Good("PNG of 300×200, transparent", 6, LoadImages.Encoded(SKEncodedImageFormat.Png, 300, 200, isTransparent: true)),
            Good("WebP of 500×400", 4, LoadImages.Encoded(SKEncodedImageFormat.Webp, 500, 400)),
            Good("TIFF of 200×150", 4, LoadImages.Tiff(200, 150)),
            Good("PPM of 64×48", 4, LoadImages.Ppm(64, 48)),
            Bad("JPEG cut in the middle", 10, () => Body(jpeg[..(jpeg.Length / 2)])),
            Bad("JPEG of 65,500×65,500 by its header", 3, () => Body(LoadImages.JpegBomb())),
            Bad("text", 4, () => Body("This is no image."u8.ToArray(), "text/plain")),
            Bad("empty body", 3, () => Body([])),
            Bad("JSON", 3, () => Body("{\"image\":\"none\"}"u8.ToArray(), "application/json")),
            Bad("form without a file", 3, () => new MultipartFormDataContent { { new StringContent("a cat"), "title" } }),
            Bad("malformed form", 3, () => Body("no boundary"u8.ToArray(), "multipart/form-data")),
            Bad("upload of 21 MB", 1, () => Body(heavy), 413),
            Bad("PNG of 16,000×16,000", 3, () => Body(bomb)),
            new("GET", 2, HttpMethod.Get, Predict, null, [405], []),
            new("unknown path", 1, HttpMethod.Post, "/nothing", () => Body(jpeg), [404], []),
            new("upload that its client ends", 3, HttpMethod.Post, Predict, null, [], []) { IsAbandoned = true },
            new("/health/ready", 2, HttpMethod.Get, "/health/ready", null, [200], []),
        ];
        return new([.. saved.Classes], requests);

        LoadRequest Good(string kind, int weight, byte[] content, string type = "image/jpeg", bool isForm = false)
        {
            using var stream = new MemoryStream(content);
            float[] scores = [.. saved.Predict(stream, new ImagePredictionOptions { MaxPixels = MaxPixels }).Scores];
            return new(kind, weight, HttpMethod.Post, Predict, () => isForm ? new MultipartFormDataContent { { Body(content, type), "image", "photograph.jpg" } } : Body(content, type), [200], scores);
        }
    }

    /// <param name="index">The number of the request: the same ones in every run.</param>
    public LoadRequest Draw(long index) => _deck[(int)(unchecked((ulong)index * Golden) >> 33) % _deck.Length];

    private static LoadRequest Bad(string kind, int weight, Func<HttpContent> body, int status = 400) => new(kind, weight, HttpMethod.Post, Predict, body, [status], []);

    private static ByteArrayContent Body(byte[] content, string type = "image/jpeg")
    {
        var body = new ByteArrayContent(content);
        body.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return body;
    }
}
