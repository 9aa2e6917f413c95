using System.Globalization;

namespace Rf3d.MLNet;

/// <summary>Names of cache files. Settings that change the pixels of the same data are not in the name, so that a new file replaces the old one.</summary>
internal static class ImageCacheNames
{
    public const string Extension = ".images";

    /// <param name="what">Whether they are images for training or for validation.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="width">Width in pixels.</param>
    public static string Of(string what, int height, int width) => string.Create(CultureInfo.InvariantCulture, $"{what}-{height}x{width}{Extension}");
}
