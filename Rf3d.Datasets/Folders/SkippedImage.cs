namespace Rf3d.Datasets;

/// <summary>A file that was skipped because its image cannot be read.</summary>
public sealed record SkippedImage
{
    /// <summary>The full path of the file.</summary>
    public required string Path { get; init; }

    /// <summary>The reason, as a sentence.</summary>
    public required string Reason { get; init; }
}
