using System.Net;
using System.Reflection;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rf3d.Datasets;

namespace Rf3d.ModelBuilder;

/// <summary>
/// The web page of <c>rf3d serve</c> and its requests. <c>/predict</c> and <c>/health</c> answer as the generated web API does; <c>?model=NAME</c> chooses one of several models.
/// Images are not stored, and the page loads nothing from other sites.
/// </summary>
internal static class ModelSite
{
    private const string ImagesPolicy = "images";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly Action<ILogger, string, Exception?> LogFailure = LoggerMessage.Define<string>(LogLevel.Error, default, "{Message}");

    private static readonly int AtOnce = 2 * Environment.ProcessorCount;

    // All that the page may load is its own; data: is the empty icon, blob: are the images that were dropped.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>The site, which is not started yet.</summary>
    public static WebApplication Create(ServedModels models, SiteSettings settings)
    {
        // Settings of other applications, in the folder that the command is started in, have no effect.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        // The console has the address, and errors that no answer explains. Those of the start have a message of the command, and need no stack trace.
        builder.Logging.ClearProviders().AddConsole(options => options.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Error)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        builder.WebHost.UseKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = SiteSettings.MaxUploadBytes;
            options.Limits.MinRequestBodyDataRate = SiteSettings.MinUploadRate;
            options.Listen(settings.Address, settings.Port);
        });
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Patience);
        builder.Services.AddProblemDetails();
        builder.Services.AddOpenApi(options => options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "rf3d serve";
            document.Info.Description = "Classifies images by saved models. The body of a POST is an image file, or a form with one.";
            return Task.CompletedTask;
        }));
        builder.Services.AddRateLimiter(limiter =>
        {
            limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limiter.OnRejected = (context, _) =>
            {
                SayWhenToAskAgain(context.HttpContext.Response);
                return ValueTask.CompletedTask;
            };
            limiter.AddConcurrencyLimiter(ImagesPolicy, options => (options.PermitLimit, options.QueueLimit) = (AtOnce + SiteSettings.MaxWaiting, 0));
        });
        var app = builder.Build();
        app.Use((context, next) => Protect(context, next, settings));
        // As in the generated web API: the rest of an upload that is too large is read for a few seconds, so that its client gets the answer and no broken connection.
        app.Use((context, next) =>
        {
            if (context.Request.ContentLength > SiteSettings.MaxUploadBytes && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
                limit.MaxRequestBodySize = null;
            return next(context);
        });
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseRateLimiter();
        app.MapOpenApi();
        MapPage(app);
        MapModels(app, models);
        MapImages(app, models, new(settings));
        return app;
    }

    private static void MapPage(WebApplication app)
    {
        Asset("/", "page.html", "text/html; charset=utf-8");
        Asset("/page.css", "page.css", "text/css; charset=utf-8");
        Asset("/page.js", "page.js", "text/javascript; charset=utf-8");

        void Asset(string path, string name, string type)
        {
            var content = Resource(name);
            app.MapGet(path, () => Results.Bytes(content, type)).ExcludeFromDescription();
        }
    }

    private static void MapModels(WebApplication app, ServedModels models)
    {
        app.MapGet("/health", () => new SiteHealth("healthy", models.All[0].Predictor.Classes)).WithSummary("Whether the site answers, and the classes of the first model.");
        app.MapGet("/models", () => models.All.Select(model => model.Predictor.Use(used => new SiteModel(model.Name, used.Classes, used.Plan.Original.Name, used.ImageHeight, used.ImageWidth, used.MinConfidence, model.ReloadError))).ToList())
            .WithSummary("The models.");
    }

    private static void MapImages(WebApplication app, ServedModels models, SiteImages images)
    {
        // A turn is for the answer alone: an upload needs memory and no core, however long it takes.
        var (turns, memory) = (new SemaphoreSlim(AtOnce), new UploadMemory(SiteSettings.MaxUploadMemory));
        Post("/predict", "Classifies an image.", (model, content, _) =>
        {
            using var stream = new MemoryStream(content);
            var (prediction, classes) = model.Predictor.Use(used => (used.Predict(stream, images.PredictionOptions), used.Classes));
            var scores = classes.Zip(prediction.Scores, (label, score) => new SiteScore(label, score)).OrderByDescending(score => score.Score).ToList();
            return TypedResults.Ok(new SitePrediction(model.Name, prediction.PredictedLabel!, prediction.IsUnknown, prediction.Typicality, scores));
        }).Produces<SitePrediction>();
        Post("/map", "The image as the network sees it, with the class-activation map of a class over it.", (model, content, label) =>
            label is null || model.Predictor.Classes.Contains(label)
                ? TypedResults.Bytes(images.Map(model, content, label), "image/png")
                : Refuse($"There is no class '{label}'. The model '{model.Name}' has {string.Join(", ", model.Predictor.Classes.Select(each => $"'{each}'"))}.", StatusCodes.Status404NotFound))
            .Produces(StatusCodes.Status200OK, contentType: "image/png");
        Post("/preview", "The image as PNG, for formats that a browser does not show.", (_, content, _) =>
            TypedResults.Bytes(images.Preview(content), "image/png")).Produces(StatusCodes.Status200OK, contentType: "image/png");

        RouteHandlerBuilder Post(string path, string summary, Func<ServedModel, byte[], string?, IResult> answer) => app
            .MapPost(path, async (HttpRequest request, string? model, string? label, CancellationToken cancellation) =>
            {
                if (models.Find(model) is not { } found)
                    return Refuse($"There is no model '{model}'. The models are {string.Join(", ", models.All.Select(each => $"'{each.Name}'"))}.", StatusCodes.Status404NotFound);
                if (request.ContentLength > SiteSettings.MaxUploadBytes)
                    return Refuse($"The upload has more than {SiteSettings.MaxUploadBytes} bytes.", StatusCodes.Status413PayloadTooLarge);
                using var upload = new UploadStream(request.Body, memory);
                request.Body = upload;
                byte[] content;
                try
                {
                    content = await SiteImages.Content(request, cancellation);
                    if (content.Length == 0)
                        return Refuse("No image was sent. Send it as a file of a form (multipart/form-data), or as the body of the request.");
                    await turns.WaitAsync(cancellation);
                }
                catch (OperationCanceledException)
                {
                    // The client is gone, or so slow that Kestrel ended the connection.
                    return TypedResults.StatusCode(StatusCodes.Status408RequestTimeout);
                }
                catch (UploadMemoryException error)
                {
                    SayWhenToAskAgain(request.HttpContext.Response);
                    return Refuse(error.Message, StatusCodes.Status429TooManyRequests);
                }
                catch (BadHttpRequestException error)
                {
                    return Refuse(error.Message, error.StatusCode);
                }
                catch (Exception error) when (error is IOException or InvalidDataException)
                {
                    return Refuse("The upload ended before it was complete, or its form is malformed.");
                }
                try
                {
                    return answer(found, content, label);
                }
                // The image may be good, but the same request will fail until the installation is repaired. The message names folders of the server.
                catch (InvalidDataException error) when (HeifLibrary.DoesNotLoadIn(error))
                {
                    LogFailure(app.Logger, error.Message, null);
                    return Refuse("This site cannot decode HEIC and AVIF images: its decoder does not load. The console of 'rf3d serve' says why.", StatusCodes.Status503ServiceUnavailable);
                }
                // The image may be good: there is no memory for its pixels.
                catch (InvalidDataException error) when (BadImageException.MayBeGoodIn(error))
                {
                    SayWhenToAskAgain(request.HttpContext.Response);
                    return Refuse(error.Message, StatusCodes.Status503ServiceUnavailable);
                }
                catch (InvalidDataException error)
                {
                    return Refuse(error.Message);
                }
                catch (NotSupportedException error)
                {
                    return Refuse(error.Message, StatusCodes.Status422UnprocessableEntity);
                }
                finally
                {
                    turns.Release();
                }
            })
            .RequireRateLimiting(ImagesPolicy).WithSummary(summary).Accepts<byte[]>(isOptional: true, "application/octet-stream", "multipart/form-data", "*/*")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status413PayloadTooLarge).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status429TooManyRequests)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    private static void SayWhenToAskAgain(HttpResponse response) => response.Headers.RetryAfter = "1";

    private static ProblemHttpResult Refuse(string reason, int status = StatusCodes.Status400BadRequest) => TypedResults.Problem(reason, statusCode: status);

    // A page of another site could reach this one under a name of its own (DNS rebinding), or post to it without reading the answer.
    private static Task Protect(HttpContext context, RequestDelegate next, SiteSettings settings)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
        var reason = settings.IsLocal && !IsLocal(context.Request.Host.Host) ? "This site answers under the names of this machine only, such as localhost."
            : context.Request.Headers["Sec-Fetch-Site"] == "cross-site" ? "This site does not answer requests of other sites."
            : null;
        return reason is null ? next(context) : TypedResults.Problem(reason, statusCode: StatusCodes.Status403Forbidden).ExecuteAsync(context);
    }

    private static bool IsLocal(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static byte[] Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
