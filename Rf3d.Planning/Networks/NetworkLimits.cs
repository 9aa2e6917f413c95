namespace Rf3d.Planning;

/// <summary>The largest numbers that a network may have. Far above any network, and low enough for no arithmetic of shapes to overflow.</summary>
internal static class NetworkLimits
{
    /// <summary>Height and width of an image, in pixels.</summary>
    public const int ImageSide = 1 << 15;

    /// <summary>Height and width of a kernel, a pool, a stride, a dilation or a padding, in pixels.</summary>
    public const int WindowSide = 1 << 12;

    /// <summary>Channels, filters, groups, classes.</summary>
    public const int Channels = 1 << 20;

    /// <summary>Units of a stage.</summary>
    public const int StageDepth = 1000;
}
