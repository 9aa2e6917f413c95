namespace Rf3d.Datasets;

/// <summary>A file that was left out of the data because it is no readable image.</summary>
public sealed record SkippedImage
{
    /// <summary>The full path of the file.</summary>
    public required string Path { get; init; }

    /// <summary>What is wrong with it, for people to read.</summary>
    public required string Reason { get; init; }
}
