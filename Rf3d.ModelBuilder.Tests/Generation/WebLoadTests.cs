namespace Rf3d.ModelBuilder.Tests.Generation;

/// <summary>The short form of the benchmark <c>web-load</c>, whose long one is in docs/benchmarks/web-load.md.</summary>
[TestClass]
[OSCondition(OperatingSystems.Linux)]
public sealed class WebLoadTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    [TestCategory("Slow")]
    public void The_web_API_answers_rightly_under_load_and_when_it_is_stopped()
    {
        Tool.Start(
            "dotnet",
            [
                RepositoryRoot.Combine("benchmarks", "bin", RepositoryRoot.Configuration, "net10.0", "Rf3d.Benchmarks.dll"), "web-load", "--application", BuiltApplication.Path, "--minutes", "0.4",
                "--rounds", "1", "--phase-seconds", "0.5", "--output", _folder["web-load.md"],
            ]).Must(0);
        var report = File.ReadAllText(_folder["web-load.md"]);
        Assert.Contains("| answers that are wrong, or missing | 0 |", report);
        Assert.Contains("| JPEG of 640×480 | ", report);
    }
}
