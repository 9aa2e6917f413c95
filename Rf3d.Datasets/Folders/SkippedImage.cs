namespace Rf3d.Datasets;

/// <summary>A file that was left out of the data because it is no readable image.</summary>
/// <param name="Path">The full path of the file.</param>
/// <param name="Reason">What is wrong with it, for people to read.</param>
public sealed record SkippedImage(string Path, string Reason);
