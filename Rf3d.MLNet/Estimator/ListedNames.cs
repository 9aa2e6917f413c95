using System.Globalization;

namespace Rf3d.MLNet;

/// <summary>The first of many names, for a message.</summary>
internal static class ListedNames
{
    private const int Most = 10;

    /// <param name="names">All names, in their order.</param>
    /// <returns>As in "a, b and 3 more".</returns>
    public static string Of(IReadOnlyCollection<string> names) =>
        string.Join(", ", names.Take(Most)) + (names.Count > Most ? string.Create(CultureInfo.InvariantCulture, $" and {names.Count - Most} more") : "");
}
