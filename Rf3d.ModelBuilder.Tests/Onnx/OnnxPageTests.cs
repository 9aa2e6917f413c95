using System.Globalization;
using Microsoft.ML;
using Microsoft.Playwright;
using Rf3d.MLNet;
using Rf3d.MLNet.Tests.Datasets;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Onnx;

/// <summary>The page on which a browser classifies by itself, in a real one.</summary>
[TestClass]
[TestCategory("Slow")]
public sealed class OnnxPageTests
{
    private const int Size = 16;

    private static readonly TempFolder Folder = new();
    private static WebService? _service;
    private static BrowserPages? _browser;

    private OpenPage? _opened;

    private IPage Page => _opened!.Page;

    [ClassInitialize]
    public static async Task Start(TestContext context)
    {
        foreach (var file in OnnxApplicationFolder.Files(OnnxApplicationFolder.Path))
            File.Copy(Path.Combine(OnnxApplicationFolder.Path, file), Folder.New("Colours", file));
        if (Browser.Path is null || !TryInstall())
            return;
        var project = Folder["Colours", "Colours_WebPage"];
        Tool.Start("dotnet", ["publish", project, "-c", "Release", "--nologo", "-warnaserror", "-nodeReuse:false", "-o", Folder["page"]]).Must(0);
        _service = await WebService.Start(["dotnet", Folder["page", "Colours_WebPage.dll"]]);
        _browser = await BrowserPages.Start();
    }

    [ClassCleanup]
    public static async Task Stop()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _service?.Dispose();
        Folder.Dispose();
    }

    [TestCleanup]
    public async Task Close()
    {
        if (_opened is not null)
            await _opened.DisposeAsync();
    }

    [TestMethod]
    public async Task Images_of_the_size_of_the_network_get_the_scores_of_the_zip()
    {
        var files = Enumerable.Range(0, 60).Select(i => Images.Write(Folder["same", $"{i}.png"], new SKColor((byte)(i * 7), (byte)(i * 13), (byte)(i * 29)), Size, Size, i)).ToList();
        await Open();
        foreach (var (expected, actual) in await Compare(files))
        {
            for (var i = 0; i < actual.Length; i++)
                Assert.AreEqual(expected[i], actual[i], 1e-4f);
        }
    }

    [TestMethod]
    [DataRow("IsoCrop")]
    [DataRow("IsoPad")]
    [DataRow("Fill")]
    public async Task Images_of_other_sizes_get_the_pixels_of_the_library(string resizing)
    {
        await Open();
        foreach (var (width, height) in new[] { (16, 12), (17, 12), (100, 75), (75, 100), (333, 250), (9, 5), (40, 9), (1, 1), (1, 40), (640, 481) })
        {
            var path = Images.Write(Folder["other", string.Create(CultureInfo.InvariantCulture, $"{width}x{height}.png")], new SKColor(180, 90, 40), width, height, width);
            using var bitmap = SKBitmap.Decode(path);
            var expected = OnnxLibrary.Pixels(bitmap.Copy(SKColorType.Bgra8888), 12, 16, resizing, [200, 150, 90]);
            var actual = await Page.EvaluateAsync<float[]>(
                """
                async ([content, resizing]) => {
                  const { decode, prepare } = await import('/pixels.js');
                  const model = { width: 16, height: 12, resizing, background: '#c8965a', applyOrientation: true };
                  return Array.from(prepare(await decode(new Blob([Uint8Array.from(atob(content), letter => letter.charCodeAt(0))]), model), model));
                }
                """,
                new[] { Convert.ToBase64String(await File.ReadAllBytesAsync(path)), resizing });
            Assert.HasCount(expected.Length, actual);
            // SkiaSharp rounds more often on the way.
            var differences = expected.Zip(actual, (one, other) => Math.Abs(one - other)).ToList();
            Assert.IsLessThanOrEqualTo(3, differences.Max(), $"{width}×{height}");
            Assert.IsLessThanOrEqualTo(0.3, differences.Average(), $"{width}×{height}");
        }
    }

    [TestMethod]
    public async Task Other_images_get_the_same_class()
    {
        List<string> files = [];
        for (var i = 0; i < 100; i++)
            files.Add(Images.Write(Folder["other", $"{i}{(i % 2 == 0 ? ".jpg" : ".png")}"], new SKColor((byte)(i * 7), (byte)(i * 13), (byte)(i * 29)), 20 + (i % 61), 20 + (i % 53), i));
        for (var orientation = 1; orientation <= 8; orientation++)
        {
            files.Add(Folder["other", $"o{orientation}.jpg"]);
            await File.WriteAllBytesAsync(files[^1], PictureFiles.Photograph("jpeg", orientation));
        }
        await Open();
        var results = await Compare(files);
        Assert.IsGreaterThanOrEqualTo(files.Count - 1, results.Count(result => Best(result.Expected) == Best(result.Actual)));
        Assert.IsLessThanOrEqualTo(0.05, results.Max(result => result.Expected.Zip(result.Actual, (one, other) => Math.Abs(one - other)).Max()));

        static int Best(float[] scores) => Array.IndexOf(scores, scores.Max());
    }

    [TestMethod]
    public async Task Chosen_and_dropped_images_are_classified_in_the_browser_alone()
    {
        await Open();
        await Page.SetInputFilesAsync("#files", [GeneratedApplication.TestImage("red"), GeneratedApplication.TestImage("blue")]);
        await Classified(2);
        CollectionAssert.AreEqual(new[] { "blue", "red" }, (await Page.Locator("#results > li .scores li:first-child span:first-child").AllInnerTextsAsync()).ToArray());
        await Page.EvaluateAsync(
            """
            () => {
              const data = new DataTransfer();
              data.items.add(new File(['no image'], '<img src=x onerror=alert(1)>.png', { type: 'image/png' }));
              document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
            }
            """);
        await Assertions.Expect(Page.Locator("#status")).ToHaveTextAsync("3 of 3 classified, 1 with errors");
        Assert.Contains("cannot be read", await Page.Locator(".error").InnerTextAsync());
        Assert.AreEqual("<img src=x onerror=alert(1)>.png", await Page.Locator("#results h3").First.InnerTextAsync());
        _opened!.AssertNothingElsewhere();
    }

    [TestMethod]
    [DataRow(390, ColorScheme.Light)]
    [DataRow(1280, ColorScheme.Dark)]
    public async Task It_keeps_the_rules_of_axe_and_fits_the_screen(int width, ColorScheme scheme)
    {
        await Open(width, scheme);
        await Page.SetInputFilesAsync("#files", [GeneratedApplication.TestImage("red")]);
        await Classified(1);
        await _opened!.AssertAccessible(width);
    }

    [TestMethod]
    public async Task A_file_that_is_no_model_says_so()
    {
        Require();
        var model = Folder["page", "wwwroot", "model.onnx"];
        var content = await File.ReadAllBytesAsync(model);
        try
        {
            foreach (var (bad, reason) in new[]
            {
                ("no model"u8.ToArray(), "is not a model of this page"), (content[..(content.Length / 2)], "is cut short"),
                // Of the same length, so that the lengths within the file stay right.
                (Changed("background\u0012\u0006ffffff", "background\u0012\u0006fffffg"), "the 'background' in its metadata is 'fffffg'"),
                (Changed("\"red\"]", "\"red\"}"), "the 'classes' in its metadata is"),
                (Changed("green\",\"red", "green___red"), "it has 3 probabilities, and its metadata has 2 classes"),
            })
            {
                await File.WriteAllBytesAsync(model, bad);
                await Open();
                Assert.Contains(reason, await Page.Locator("#model").InnerTextAsync());
                await Close();
            }
        }
        finally
        {
            await File.WriteAllBytesAsync(model, content);
        }

        byte[] Changed(string from, string to)
        {
            var text = System.Text.Encoding.Latin1.GetString(content);
            Assert.Contains(from, text);
            return System.Text.Encoding.Latin1.GetBytes(text.Replace(from, to, StringComparison.Ordinal));
        }
    }

    [TestMethod]
    public void Without_the_package_of_npm_the_page_is_not_served()
    {
        foreach (var file in OnnxApplicationFolder.Files(OnnxApplicationFolder.Path))
            File.Copy(Path.Combine(OnnxApplicationFolder.Path, file), Folder.New("Bare", file), overwrite: true);
        var result = Tool.Start("dotnet", ["run", "--project", Folder["Bare", "Colours_WebPage"], "-c", "Release"]).Must(1);
        Assert.Contains("Run 'npm install' in the folder Colours_WebPage", result.Error);
    }

    private static bool TryInstall()
    {
        try
        {
            return Tool.Start("npm", ["install", "--prefix", Folder["Colours", "Colours_WebPage"], "--no-audit", "--no-fund"]).ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static void Require()
    {
        Browser.Require();
        if (_browser is null)
            Assert.Inconclusive("Skipped: npm is missing, or cannot install onnxruntime-web.");
    }

    private async Task Open(int width = 1280, ColorScheme scheme = ColorScheme.Light)
    {
        Require();
        _opened = await _browser!.Open(_service!.Client.BaseAddress!.ToString(), width, scheme);
    }

    private Task Classified(int count) => Assertions.Expect(Page.Locator("#status")).ToContainTextAsync(string.Create(CultureInfo.InvariantCulture, $"{count} of {count} classified"));

    /// <summary>The scores of the .zip and of the page for each file.</summary>
    private async Task<List<(float[] Expected, float[] Actual)>> Compare(List<string> files)
    {
        using var model = Rf3dSavedModel.Load(new MLContext(), GeneratedApplication.Model);
        await Page.EvaluateAsync("async () => { globalThis.tested = await (await import('/classifier.js')).load('model.onnx'); }");
        List<(float[], float[])> results = [];
        foreach (var prediction in model.Predict(files).ToList())
        {
            var scores = await Page.EvaluateAsync<float[]>(
                """
                async content => {
                  const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0));
                  const { scores } = await tested.classify(new Blob([bytes]));
                  return tested.labels.map(label => scores.find(entry => entry.label === label).score);
                }
                """,
                Convert.ToBase64String(await File.ReadAllBytesAsync(prediction.Path!)));
            results.Add(([.. prediction.Scores], scores));
        }
        return results;
    }
}
