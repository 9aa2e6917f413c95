using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;

namespace Rf3d.Benchmarks;

/// <summary>The generated page in a browser without a window: it classifies the images of each set, and sends the scores back to this process.</summary>
internal static class BrowserScores
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    private const string Driver =
        """
        <!doctype html><title>scores</title>
        <script type="module">
          import { load } from '/classifier.js';
          const classifier = await load('/model.onnx');
          const { count } = await (await fetch('/count')).json();
          const rows = [];
          const start = performance.now();
          for (let i = 0; i < count; i++) {
            const { scores } = await classifier.classify(await (await fetch(`/image/${i}`)).blob());
            rows.push(classifier.labels.map(label => scores.find(entry => entry.label === label).score));
          }
          await fetch('/scores', { method: 'POST', body: JSON.stringify({ rows, milliseconds: (performance.now() - start) / count, agent: navigator.userAgent }) });
        </script>
        """;

    /// <summary>The differences of each set, milliseconds an image, and the browser; null where there is no browser or no npm.</summary>
    public static BrowserResult? Measure(PublishedPrograms programs, IReadOnlyList<ScoredSet> sets, string browser)
    {
        var published = Path.Combine(Path.GetDirectoryName(programs.Page)!, "page");
        try
        {
            PublishedPrograms.Run("npm", "install", "--prefix", programs.Page, "--no-audit", "--no-fund");
            PublishedPrograms.DotNet("publish", programs.Page, "-c", "Release", "--nologo", "-v", "q", "-nodeReuse:false", "-o", published);
            var answers = sets.Select(set => (set, answer: Run(browser, Path.Combine(published, "wwwroot"), set.Files).GetAwaiter().GetResult())).ToList();
            return new(answers[0].answer.Agent, [.. answers.Select(each => each.set.With(each.answer.Rows))], [.. answers.Select(each => each.answer.Milliseconds)]);
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            Console.WriteLine($"No browser is measured: {error.Message}");
            return null;
        }
    }

    private static async Task<Answer> Run(string browser, string root, string[] files)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var site = builder.Build();
        var answered = new TaskCompletionSource<Answer>();
        var types = new FileExtensionContentTypeProvider { Mappings = { [".mjs"] = "text/javascript", [".wasm"] = "application/wasm", [".onnx"] = "application/octet-stream" } };
        site.Use((context, next) =>
        {
            // As the generated program: with these, ONNX Runtime uses several threads.
            context.Response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
            context.Response.Headers["Cross-Origin-Embedder-Policy"] = "require-corp";
            return next(context);
        });
        site.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(root), ContentTypeProvider = types });
        site.MapGet("/driver", () => Results.Content(Driver, "text/html"));
        site.MapGet("/count", () => Results.Json(new { count = files.Length }));
        site.MapGet("/image/{index:int}", (int index) => Results.File(Path.GetFullPath(files[index]), "application/octet-stream"));
        site.MapPost("/scores", async (HttpRequest request) => answered.SetResult((await JsonSerializer.DeserializeAsync<Answer>(request.Body, JsonSerializerOptions.Web).ConfigureAwait(false))!));
        await site.StartAsync().ConfigureAwait(false);
        var profile = Directory.CreateTempSubdirectory("rf3d-browser-").FullName;
        // Without a sandbox it runs as root, too; the page is ours.
        string[] arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions", $"--user-data-dir={profile}", $"{site.Urls.First()}/driver"];
        using var process = Process.Start(new ProcessStartInfo(browser, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        _ = process.StandardError.ReadToEndAsync();
        try
        {
            return await answered.Task.WaitAsync(Patience).ConfigureAwait(false);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync().ConfigureAwait(false);
            Directory.Delete(profile, recursive: true);
        }
    }

    private sealed record Answer(float[][] Rows, double Milliseconds, string Agent);
}

/// <param name="Browser">Its name and version.</param>
/// <param name="Sets">Agreement with the .zip, set by set.</param>
/// <param name="Milliseconds">Milliseconds an image, set by set.</param>
internal sealed record BrowserResult(string Browser, IReadOnlyList<ScoreAgreement> Sets, IReadOnlyList<double> Milliseconds);
