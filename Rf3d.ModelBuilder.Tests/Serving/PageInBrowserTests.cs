using System.Globalization;
using Microsoft.Playwright;

namespace Rf3d.ModelBuilder.Tests.Serving;

/// <summary>The page of <c>rf3d serve</c> in a real browser: images are chosen, dropped and pasted, and results read.</summary>
[TestClass]
public class PageInBrowserTests
{
    private static Site? _site;
    private static BrowserPages? _browser;

    private OpenPage? _opened;

    private IPage Page => _opened!.Page;

    [ClassInitialize]
    public static async Task Start(TestContext context)
    {
        if (Browser.Path is null)
            return;
        _site = await Site.Start(GeneratedApplication.Model);
        // A simulated camera that needs no permission.
        _browser = await BrowserPages.Start("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream");
    }

    [ClassCleanup]
    public static async Task Stop()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        if (_site is not null)
            await _site.DisposeAsync();
    }

    [TestCleanup]
    public async Task Close()
    {
        if (_opened is not null)
            await _opened.DisposeAsync();
    }

    [TestMethod]
    public async Task Chosen_images_get_scores_maps_and_a_table()
    {
        await Open();
        await Page.SetInputFilesAsync("#files", [GeneratedApplication.TestImage("red"), GeneratedApplication.TestImage("blue")]);
        await Classified(2);
        // The last one is the first of the list.
        CollectionAssert.AreEqual(new[] { "blue", "red" }, (await Page.Locator("#results > li .scores li:first-child button span:first-child").AllInnerTextsAsync()).ToArray());
        var first = Page.Locator("#results > li").First;
        Assert.MatchesRegex("^[0-9.]+ %$", await first.Locator(".scores button span").Nth(1).InnerTextAsync());

        var image = first.Locator("img");
        var before = await image.GetAttributeAsync("src");
        var best = first.Locator(".scores button").First;
        await best.ClickAsync();
        await Assertions.Expect(image).ToHaveAttributeAsync("alt", "000.png: orange adds to the score of blue, blue subtracts from it");
        Assert.AreNotEqual(before, await image.GetAttributeAsync("src"));
        Assert.AreEqual(16, await image.EvaluateAsync<int>("async image => { await image.decode(); return image.naturalWidth; }"));
        await best.ClickAsync();
        await Assertions.Expect(image).ToHaveAttributeAsync("src", before!);

        var download = await Page.RunAndWaitForDownloadAsync(() => Page.ClickAsync("#csv"));
        var lines = await File.ReadAllLinesAsync(await download.PathAsync());
        Assert.AreEqual("file,model,predictedLabel,bestLabel,typicality,blue,green,red,error", lines[0]);
        Assert.StartsWith("000.png,Colours,red,red,,", lines[1]);
        var scores = lines[1].Split(',')[5..8].Select(score => double.Parse(score, CultureInfo.InvariantCulture));
        Assert.AreEqual(1, scores.Sum(), 1e-5);

        await Page.ClickAsync("#clear");
        await Assertions.Expect(Page.Locator("#results > li")).ToHaveCountAsync(0);
        _opened!.AssertNothingElsewhere();
    }

    [TestMethod]
    public async Task The_table_has_the_classes_of_models_that_were_loaded_again()
    {
        await Open();
        await Page.SetInputFilesAsync("#files", GeneratedApplication.TestImage("red"));
        await Classified(1);
        // As of a model with another class, which has taken the place of the one before.
        await Page.RouteAsync(address => address.Contains("/predict?", StringComparison.Ordinal), route => route.FulfillAsync(new()
        {
            ContentType = "application/json",
            Body = """
                {"model":"Colours","predictedLabel":"Unknown","isUnknown":true,"typicality":0.25,
                 "scores":[{"label":"tulip","score":0.5},{"label":"red","score":0.25},{"label":"blue","score":0.125},{"label":"green","score":0.125}]}
                """,
        }));
        await Page.SetInputFilesAsync("#files", GeneratedApplication.TestImage("blue"));
        await Classified(2);
        var download = await Page.RunAndWaitForDownloadAsync(() => Page.ClickAsync("#csv"));
        var lines = await File.ReadAllLinesAsync(await download.PathAsync());
        Assert.AreEqual("file,model,predictedLabel,bestLabel,typicality,blue,green,red,tulip,error", lines[0]);
        Assert.EndsWith(",,", lines[1]);
        Assert.AreEqual("000.png,Colours,Unknown,tulip,0.25,0.125,0.125,0.25,0.5,", lines[2]);
    }

    [TestMethod]
    public async Task A_changed_model_that_cannot_be_loaded_is_named()
    {
        await Open(before: page => page.Clock.InstallAsync());
        await Assertions.Expect(Page.Locator("#reload")).ToBeHiddenAsync();
        await Page.RouteAsync(address => address.EndsWith("/models", StringComparison.Ordinal), route => route.FulfillAsync(new()
        {
            ContentType = "application/json",
            Body = """[{"name":"Colours","labels":["blue","green","red"],"architecture":"ResNet","imageHeight":16,"imageWidth":16,"minConfidence":0,"reloadError":"'Colours.zip' is empty."}]""",
        }));
        // The page asks again by itself every five seconds.
        await Page.Clock.FastForwardAsync(5000);
        await Assertions.Expect(Page.Locator("#reload")).ToContainTextAsync("Colours: the file cannot be loaded any more", new() { Timeout = 60_000 });
        Assert.Contains("'Colours.zip' is empty.", await Page.Locator("#reload").InnerTextAsync());
        await _opened!.AssertAccessible(1280);
    }

    [TestMethod]
    [DataRow("drop")]
    [DataRow("paste")]
    public async Task Images_can_be_dropped_and_pasted(string way)
    {
        await Open();
        var content = Convert.ToBase64String(await File.ReadAllBytesAsync(GeneratedApplication.TestImage("red")));
        await Page.EvaluateAsync(
            """
            ([way, content]) => {
              const data = new DataTransfer();
              data.items.add(new File([Uint8Array.from(atob(content), letter => letter.charCodeAt(0))], 'given.png', { type: 'image/png' }));
              document.body.dispatchEvent(way === 'drop'
                ? new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })
                : new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
            }
            """,
            new[] { way, content });
        await Classified(1);
        Assert.AreEqual("red", await Page.Locator(".scores button span").First.InnerTextAsync());
    }

    [TestMethod]
    public async Task The_camera_takes_pictures()
    {
        await Open();
        await Page.ClickAsync("#camera");
        // The page forbids the eval that Playwright waits with.
        for (var attempt = 0; await Page.EvaluateAsync<int>("document.getElementById('video').videoWidth") == 0; attempt++)
        {
            Assert.IsLessThan(200, attempt, "The camera shows nothing.");
            await Task.Delay(50);
        }
        await Page.ClickAsync("#shoot");
        await Classified(1);
        await Assertions.Expect(Page.Locator("#finder")).ToBeHiddenAsync();
        await Assertions.Expect(Page.Locator("#results h3")).ToHaveTextAsync("photo-1.png");
    }

    [TestMethod]
    public async Task Files_that_are_no_images_say_so_and_names_stay_text()
    {
        await Open();
        var name = "=<img src=x onerror=alert(1)>.png";
        await Page.SetInputFilesAsync("#files", new FilePayload { Name = name, MimeType = "image/png", Buffer = "no image"u8.ToArray() });
        await Classified(1);
        await Assertions.Expect(Page.Locator("#results h3")).ToHaveTextAsync(name);
        Assert.Contains("not an image", await Page.Locator("#results .error").InnerTextAsync());
        await Assertions.Expect(Page.Locator("#status")).ToHaveTextAsync("1 of 1 classified, 1 with errors");
        var download = await Page.RunAndWaitForDownloadAsync(() => Page.ClickAsync("#csv"));
        Assert.StartsWith("'=<img", (await File.ReadAllLinesAsync(await download.PathAsync()))[1]);
    }

    [TestMethod]
    public async Task The_keyboard_is_enough()
    {
        await Open();
        await Page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(Page.Locator("#choose")).ToBeFocusedAsync();
        // A dialog of the system cannot be looked at; that it is asked for can.
        await Page.EvaluateAsync("document.getElementById('files').addEventListener('click', event => { event.preventDefault(); document.body.dataset.asked = 'true'; }, { once: true })");
        await Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(Page.Locator("body[data-asked]")).ToHaveCountAsync(1);
        await Page.SetInputFilesAsync("#files", GeneratedApplication.TestImage("red"));
        await Classified(1);
        await Page.Locator(".scores button").First.FocusAsync();
        await Page.Keyboard.PressAsync("Space");
        await Assertions.Expect(Page.Locator(".scores button").First).ToHaveAttributeAsync("aria-pressed", "true");
    }

    [TestMethod]
    public async Task It_keeps_the_rules_of_axe_and_fits_the_screen()
    {
        await Open();
        await Page.SetInputFilesAsync("#files", [new FilePayload { Name = new string('W', 200) + ".png", MimeType = "image/png", Buffer = "no image"u8.ToArray() }, await Payload(GeneratedApplication.TestImage("red"))]);
        await Classified(2);
        await Page.Locator(".scores button").First.ClickAsync();
        foreach (var width in new[] { 390, 1280 })
        {
            await Page.SetViewportSizeAsync(width, 900);
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                await Page.EmulateMediaAsync(new() { ColorScheme = scheme });
                await _opened!.AssertAccessible(width, scheme);
            }
        }
    }

    private static async Task<FilePayload> Payload(string path) => new() { Name = Path.GetFileName(path), MimeType = "image/png", Buffer = await File.ReadAllBytesAsync(path) };

    private async Task Open(Func<IPage, Task>? before = null)
    {
        Browser.Require();
        _opened = await _browser!.Open(_site!.Address, 1280, ColorScheme.Light, before);
    }

    private Task Classified(int count) => Assertions.Expect(Page.Locator("#status")).ToContainTextAsync($"{count} of {count} classified");
}
