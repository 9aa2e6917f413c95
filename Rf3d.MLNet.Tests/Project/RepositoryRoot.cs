namespace Rf3d.MLNet.Tests.Project;

/// <summary>Where the sources are, for tests about them and about the examples.</summary>
internal static class RepositoryRoot
{
    public static string Path { get; } = Find();

    /// <summary>Release or Debug, as this test was built.</summary>
    public static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    public static string Combine(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Rf3d.sln")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException($"No Rf3d.sln above {AppContext.BaseDirectory}.");
    }
}
