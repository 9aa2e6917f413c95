namespace Rf3d.ModelBuilder;

/// <summary>What came out for one file: scores, or the reason why there are none.</summary>
/// <param name="Path">The file as it was given.</param>
/// <param name="Scores">The probability of each class, in the order of the model's classes; null for a file that cannot be read.</param>
/// <param name="Error">Why the file cannot be read; null where there are scores.</param>
internal sealed record Prediction(string Path, float[]? Scores, string? Error)
{
    /// <summary>The index of the most probable class; the first of several that are equal, as ML.NET has it.</summary>
    public int Best => Array.IndexOf(Scores!, Scores!.Max());
}
