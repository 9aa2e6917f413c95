using System.Text.Json;
using Microsoft.Playwright;

namespace Rf3d.ModelBuilder.Tests.Reports;

/// <summary>The page as a browser lays it out, on a phone and on a desk, light and dark, and on paper.</summary>
[TestClass]
public class ReportInBrowserTests
{
    private const int Phone = 390;
    private const int Desk = 1280;

    private static readonly TempFolder Folder = new();
    private static BrowserPages? _browser;

    private OpenPage? _opened;

    public static IEnumerable<object[]> Layouts =>
        from width in new[] { Phone, Desk }
        from report in new[] { "ten", "two", "hundred", "hostile", "bare" }
        select new object[] { width, report };

    private IPage Page => _opened!.Page;

    [ClassInitialize]
    public static async Task Start(TestContext context)
    {
        if (Browser.Path is null)
            return;
        foreach (var (name, data) in new[]
        {
            ("ten", ReportFixture.Data()), ("two", ReportFixture.Data(2)), ("hundred", ReportFixture.Data(100)),
            ("hostile", ReportFixture.Data(4, 60, index => new string('W', 80) + "<b>" + index)), ("bare", ReportFixture.Bare()),
        })
            File.WriteAllText(Folder[$"{name}.html"], ReportPage.Write(data));
        _browser = await BrowserPages.Start();
    }

    [ClassCleanup]
    public static async Task Stop()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        Folder.Dispose();
    }

    [TestCleanup]
    public async Task Close()
    {
        if (_opened is not null)
            await _opened.DisposeAsync();
    }

    [TestMethod]
    [DynamicData(nameof(Layouts))]
    public async Task Nothing_is_wider_than_the_page_and_every_section_has_its_height(int width, string report)
    {
        await Open(report, width, 900);
        // Boxes that scroll by themselves may hold wider content.
        var found = JsonDocument.Parse(await Page.EvaluateAsync<string>(
            """
            () => {
              const wide = [...document.body.querySelectorAll('*')].filter(element => !element.closest('.scroll') && !element.closest('svg') && element.getBoundingClientRect().right > window.innerWidth + 0.5);
              const cut = [...document.querySelectorAll('svg.plot text')].filter(text => text.getBoundingClientRect().left < text.closest('svg').getBoundingClientRect().left - 1 || text.getBoundingClientRect().right > text.closest('svg').getBoundingClientRect().right + 1);
              return JSON.stringify({
                scroll: document.documentElement.scrollWidth,
                inner: window.innerWidth,
                wide: wide.map(element => element.tagName + '.' + element.className).slice(0, 3).join(' '),
                cut: cut.map(text => text.textContent).slice(0, 3).join(' '),
                heights: [...document.querySelectorAll('main > section, header')].map(section => Math.round(section.getBoundingClientRect().height)),
              });
            }
            """)).RootElement;
        Assert.AreEqual("", found.GetProperty("wide").GetString(), "Elements that reach over the right border.");
        Assert.AreEqual("", found.GetProperty("cut").GetString(), "Texts that reach out of their chart.");
        Assert.IsLessThanOrEqualTo(width, found.GetProperty("scroll").GetInt32());
        Assert.AreEqual(width, found.GetProperty("inner").GetInt32());
        var heights = found.GetProperty("heights").EnumerateArray().Select(height => height.GetInt32()).ToList();
        Assert.HasCount(ReportPage.Sections.Count + 1, heights);
        Assert.IsGreaterThan(80, heights.Min());
    }

    [TestMethod]
    [DataRow(Phone, false)]
    [DataRow(Phone, true)]
    [DataRow(Desk, false)]
    [DataRow(Desk, true)]
    public async Task A_screenshot_is_light_or_dark_as_the_reader_likes(int width, bool dark)
    {
        await Open("ten", width, 2000, dark ? ColorScheme.Dark : ColorScheme.Light);
        using var picture = SkiaSharp.SKBitmap.Decode(await Page.ScreenshotAsync());
        Assert.IsNotNull(picture);
        Assert.AreEqual((width, 2000), (picture.Width, picture.Height));
        Assert.AreEqual(dark, picture.GetPixel(2, 2).Red < 128);
        // Something is drawn on every screen of it.
        for (var top = 0; top < picture.Height; top += 400)
        {
            var colours = Enumerable.Range(top, 400).Where(y => y % 4 == 0).SelectMany(y => Enumerable.Range(0, picture.Width / 4).Select(x => picture.GetPixel(x * 4, y))).Distinct().Count();
            Assert.IsGreaterThan(10, colours, $"{top}");
        }
    }

    [TestMethod]
    public async Task The_page_prints()
    {
        await Open("ten", Desk, 900);
        Assert.IsGreaterThan(20_000, (await Page.PdfAsync(new() { PrintBackground = true })).Length);
    }

    private async Task Open(string report, int width, int height, ColorScheme scheme = ColorScheme.Light)
    {
        Browser.Require();
        _opened = await _browser!.Show(new Uri(Folder[$"{report}.html"]).AbsoluteUri, width, height, scheme);
    }
}
