using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>A NuGet package of which some files are installed.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Sha256">The SHA-256 of the package, in hexadecimal digits.</param>
/// <param name="Files">The paths in it of the files that are installed, side by side.</param>
internal sealed record HeicPackage(string Id, string Version, string Sha256, IReadOnlyList<string> Files)
{
    /// <summary>The name of the package's file.</summary>
    public string FileName => $"{Id}.{Version}.nupkg".ToLowerInvariant();

    /// <summary>Where NuGet keeps it after a restore.</summary>
    public string CachedFile => Path.Combine(NuGetPackages.Folder(Id, Version), FileName);
}
