namespace Rf3d.ModelBuilder.Tests;

/// <summary>A Chromium without a window, where there is one.</summary>
internal static class Browser
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    /// <summary>The program; null where none is installed.</summary>
    public static string? Path { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator)
        .SelectMany(folder => Names.Select(name => System.IO.Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    /// <summary>Skips the test, saying so, where there is no browser. One that hangs or crashes at a page makes its test fail.</summary>
    public static void Require()
    {
        if (Path is null)
            Assert.Inconclusive($"No browser to look at the page with: none of {string.Join(", ", Names)} is on the PATH.");
    }
}
