using System.Globalization;

namespace Rf3d.MLNet;

/// <summary>What cache files are called. What changes the pixels of the same data is not in the name: the new file takes the place of the old.</summary>
internal static class ImageCacheNames
{
    public const string Extension = ".images";

    /// <param name="what">Whether they are images for training or for validation.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="width">Width in pixels.</param>
    public static string Of(string what, int height, int width) => string.Create(CultureInfo.InvariantCulture, $"{what}-{height}x{width}{Extension}");
}
