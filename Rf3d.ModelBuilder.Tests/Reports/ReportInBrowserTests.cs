using System.Globalization;
using System.Text.RegularExpressions;

namespace Rf3d.ModelBuilder.Tests.Reports;

/// <summary>The page as a browser lays it out, on a phone and on a desk, light and dark, and on paper.</summary>
[TestClass]
public partial class ReportInBrowserTests
{
    private const int Phone = 390;
    private const int Desk = 1280;

    public TestContext TestContext { get; set; } = null!;

    public static IEnumerable<object[]> Layouts =>
        from width in new[] { Phone, Desk }
        from report in new[] { "ten", "two", "hundred", "hostile", "bare" }
        select new object[] { width, report };

    [TestMethod]
    [DynamicData(nameof(Layouts))]
    public void Nothing_is_wider_than_the_page_and_every_section_has_its_height(int width, string report)
    {
        Browser.Require();
        using var folder = new TempFolder();
        File.WriteAllText(folder["report.html"], ReportPage.Write(Report(report)));
        // The page has no script; the frame around it does. Boxes that scroll by themselves may hold wider content.
        File.WriteAllText(folder["frame.html"], $$"""
            <body style="margin:0"><iframe id="page" src="report.html" style="border:0;width:{{width}}px;height:900px"></iframe><script>
            document.getElementById('page').onload = event => {
              const page = event.target.contentDocument, window = page.defaultView;
              const wide = [...page.body.querySelectorAll('*')].filter(element => !element.closest('.scroll') && !element.closest('svg') && element.getBoundingClientRect().right > window.innerWidth + 0.5);
              const cut = [...page.querySelectorAll('svg.plot text')].filter(text => text.getBoundingClientRect().left < text.closest('svg').getBoundingClientRect().left - 1 || text.getBoundingClientRect().right > text.closest('svg').getBoundingClientRect().right + 1);
              document.body.dataset.result = 'result:' + page.documentElement.scrollWidth + ',' + window.innerWidth + ','
                + wide.map(element => element.tagName + '.' + element.className).slice(0, 3).join('|') + ',' + cut.map(text => text.textContent).slice(0, 3).join('|') + ','
                + [...page.querySelectorAll('main > section, header')].map(section => Math.round(section.getBoundingClientRect().height)).join(' ') + ';';
            };
            </script></body>
            """);
        var dom = Browser.Run(folder, $"--window-size={Desk + 20},900", "--dump-dom", new Uri(folder["frame.html"]).AbsoluteUri);
        var found = Result().Match(dom);
        Assert.IsTrue(found.Success, dom.Length > 500 ? dom[^500..] : dom);
        Assert.AreEqual("", found.Groups["wide"].Value, "Elements that reach over the right border.");
        Assert.AreEqual("", found.Groups["cut"].Value, "Texts that reach out of their chart.");
        Assert.IsLessThanOrEqualTo(width, int.Parse(found.Groups["scroll"].Value, CultureInfo.InvariantCulture));
        Assert.AreEqual(width, int.Parse(found.Groups["inner"].Value, CultureInfo.InvariantCulture));
        var heights = found.Groups["heights"].Value.Split(' ').Select(height => int.Parse(height, CultureInfo.InvariantCulture)).ToList();
        Assert.HasCount(ReportPage.Sections.Count + 1, heights);
        Assert.IsGreaterThan(80, heights.Min());
    }

    [TestMethod]
    [DataRow(Phone, false)]
    [DataRow(Phone, true)]
    [DataRow(Desk, false)]
    [DataRow(Desk, true)]
    public void A_screenshot_is_light_or_dark_as_the_reader_likes(int width, bool dark)
    {
        Browser.Require();
        using var folder = new TempFolder();
        File.WriteAllText(folder["report.html"], ReportPage.Write(ReportFixture.Data()));
        Browser.Run(
            folder, $"--window-size={width},2000", $"--blink-settings=preferredColorScheme={(dark ? 0 : 1)}", $"--screenshot={folder["page.png"]}", new Uri(folder["report.html"]).AbsoluteUri);
        using var picture = SkiaSharp.SKBitmap.Decode(folder["page.png"]);
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
    public void The_page_prints()
    {
        Browser.Require();
        using var folder = new TempFolder();
        File.WriteAllText(folder["report.html"], ReportPage.Write(ReportFixture.Data()));
        Browser.Run(folder, "--no-pdf-header-footer", $"--print-to-pdf={folder["page.pdf"]}", new Uri(folder["report.html"]).AbsoluteUri);
        Assert.IsGreaterThan(20_000L, new FileInfo(folder["page.pdf"]).Length);
    }

    private static ReportData Report(string name) => name switch
    {
        "ten" => ReportFixture.Data(),
        "two" => ReportFixture.Data(2),
        "hundred" => ReportFixture.Data(100),
        "hostile" => ReportFixture.Data(4, 60, index => new string('W', 80) + "<b>" + index),
        _ => ReportFixture.Bare(),
    };

    [GeneratedRegex("result:(?<scroll>[0-9]+),(?<inner>[0-9]+),(?<wide>[^,;]*),(?<cut>[^,;]*),(?<heights>[0-9 ]+);")]
    private static partial Regex Result();
}
