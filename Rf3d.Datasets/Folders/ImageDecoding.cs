namespace Rf3d.Datasets;

/// <summary>How the files of a folder are decoded.</summary>
/// <param name="Size">Pixels that the shorter side of an image needs; null for all that there are.</param>
/// <param name="MaxPixels">Pixels (height times width) that an image may have.</param>
/// <param name="IsUpright">Whether images are turned as the orientation in their files says.</param>
internal readonly record struct ImageDecoding(int? Size, long MaxPixels, bool IsUpright);
