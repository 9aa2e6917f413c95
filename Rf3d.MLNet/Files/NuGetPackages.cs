namespace Rf3d.MLNet;

/// <summary>The packages that restores on this machine have left in NuGet's folder.</summary>
internal static class NuGetPackages
{
    /// <summary>Where a package is after a restore.</summary>
    public static string Folder(string id, string version) => Path.Combine(
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } moved
            ? moved
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".nuget", "packages"),
        id.ToLowerInvariant(), version);
}
