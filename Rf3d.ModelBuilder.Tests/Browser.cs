using System.Diagnostics;

namespace Rf3d.ModelBuilder.Tests;

/// <summary>A Chromium without a window, where there is one.</summary>
internal static class Browser
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The program; null where none is installed.</summary>
    public static string? Path { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator)
        .SelectMany(folder => Names.Select(name => System.IO.Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    /// <summary>Skips the test, saying so, where there is no browser.</summary>
    public static void Require()
    {
        if (Path is null)
            Assert.Inconclusive($"No browser to look at the page with: none of {string.Join(", ", Names)} is on the PATH.");
    }

    /// <returns>The output of the browser.</returns>
    public static string Run(TempFolder folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path!) { RedirectStandardOutput = true, RedirectStandardError = true };
        // Without a sandbox it runs as root, too; the page is ours. Files may look into each other for the frame that measures.
        string[] settings =
        [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--allow-file-access-from-files", "--no-first-run",
            "--disable-extensions", "--virtual-time-budget=5000", $"--user-data-dir={folder["profile"]}",
        ];
        foreach (var argument in settings.Concat(arguments))
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Inconclusive($"The browser '{Path}' did not end within {Patience.TotalSeconds} seconds.");
        }
        if (process.ExitCode != 0)
            Assert.Inconclusive($"The browser '{Path}' ended with {process.ExitCode}: {errors.Result}");
        return output.Result;
    }
}
