namespace Rf3d.ModelBuilder.Tests.Hostile;

/// <summary>The short form of <c>fuzz web</c>: its long one is in docs/benchmarks/fuzz.md.</summary>
[TestClass]
[OSCondition(OperatingSystems.Linux)]
public sealed class FuzzedImagesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void Damaged_images_get_the_librarys_scores_or_a_reason_from_the_web_API()
    {
        Tool.Start(
            "dotnet",
            [
                RepositoryRoot.Combine("fuzz", "bin", RepositoryRoot.Configuration, "net10.0", "Rf3d.Fuzz.dll"), "web", "--count", "150", "--seed", "11", "--application", BuiltApplication.Path,
                "--output", _folder["fuzz.md"], "--findings", _folder["findings"],
            ]).Must(0);
        Assert.Contains("| web | 11 | 150 |", File.ReadAllText(_folder["fuzz.md"]));
        Assert.IsFalse(Directory.Exists(_folder["findings"]));
    }
}
