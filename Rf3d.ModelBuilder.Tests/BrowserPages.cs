using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Rf3d.ModelBuilder.Tests;

/// <summary>A browser that is controlled by Playwright, for the tests of a class.</summary>
internal sealed class BrowserPages : IAsyncDisposable
{
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private BrowserPages(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    /// <param name="more">Arguments of Chromium, beside the usual ones.</param>
    public static async Task<BrowserPages> Start(params string[] more)
    {
        var playwright = await Playwright.CreateAsync();
        // Without a sandbox it runs as root, too; the page is ours.
        string[] arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", .. more];
        return new(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Browser.Path, Args = arguments }));
    }

    /// <summary>Opens a page of a test's own, and waits until its script is ready.</summary>
    public async Task<OpenPage> Open(string address, int width, ColorScheme scheme, Func<IPage, Task>? before = null)
    {
        var opened = await Show(address, width, 900, scheme, before);
        await opened.Page.WaitForSelectorAsync("html[data-ready]");
        return opened;
    }

    /// <summary>Opens a page of a test's own, which may have no script.</summary>
    /// <param name="address">The page.</param>
    /// <param name="width">Width of the window in pixels.</param>
    /// <param name="height">Height of the window in pixels.</param>
    /// <param name="scheme">The colours that the reader likes.</param>
    /// <param name="before">Prepares the empty page before it goes to the address.</param>
    public async Task<OpenPage> Show(string address, int width, int height, ColorScheme scheme, Func<IPage, Task>? before = null)
    {
        var context = await _browser.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme });
        var opened = new OpenPage(await context.NewPageAsync(), address);
        if (before is not null)
            await before(opened.Page);
        await opened.Page.GotoAsync(address);
        return opened;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}

/// <summary>A page in the browser.</summary>
internal sealed class OpenPage : IAsyncDisposable
{
    private readonly List<string> _elsewhere = [];

    public OpenPage(IPage page, string address)
    {
        Page = page;
        string[] own = [address, "blob:", "data:"];
        page.Request += (_, request) =>
        {
            if (!own.Any(start => request.Url.StartsWith(start, StringComparison.Ordinal)))
                _elsewhere.Add(request.Url);
        };
    }

    public IPage Page { get; }

    public void AssertNothingElsewhere() => Assert.IsEmpty(_elsewhere, string.Join(", ", _elsewhere));

    /// <summary>Asserts that the page keeps the rules of axe-core and is not wider than its window.</summary>
    public async Task AssertAccessible(int width, ColorScheme scheme = ColorScheme.Light)
    {
        var violations = (await Page.RunAxe()).Violations;
        Assert.IsEmpty(violations, $"{width} pixels, {scheme}: " + string.Join("; ", violations.Select(violation => $"{violation.Id}: {string.Join(", ", violation.Nodes.Select(node => node.Html))}")));
        Assert.IsLessThanOrEqualTo(width, await Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
    }

    public async ValueTask DisposeAsync() => await Page.Context.CloseAsync();
}
