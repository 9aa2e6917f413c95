using System.Reflection;

namespace Rf3d.ModelBuilder;

/// <summary>The versions of packages that this tool was built with: generated projects ask for the same.</summary>
internal static class PackageVersions
{
    private static readonly Dictionary<string, string> All = typeof(PackageVersions).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Where(attribute => attribute.Key.StartsWith("Package:", StringComparison.Ordinal))
        .ToDictionary(attribute => attribute.Key["Package:".Length..], attribute => attribute.Value!, StringComparer.OrdinalIgnoreCase);

    /// <summary>The version of this tool, and of the libraries that come with it.</summary>
    public static string Own => typeof(PackageVersions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <exception cref="KeyNotFoundException">The tool was not built with such a package.</exception>
    public static string Of(string package) => All[package];

    /// <summary>Adds the versions of packages to the values of templates: of A.B as Version_A_B.</summary>
    /// <exception cref="KeyNotFoundException">The tool was not built with such a package.</exception>
    public static void AddTo(Dictionary<string, string> values, IEnumerable<string> packages)
    {
        foreach (var package in packages)
            values[$"Version_{package.Replace('.', '_').Replace('-', '_')}"] = Of(package);
    }
}
