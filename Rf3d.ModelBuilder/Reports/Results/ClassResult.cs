namespace Rf3d.ModelBuilder;

/// <summary>How well one class is recognised.</summary>
/// <param name="Name">The class.</param>
/// <param name="Support">Test images of the class.</param>
/// <param name="Predicted">Test images that were taken for it.</param>
/// <param name="Correct">Those that are both.</param>
internal sealed record ClassResult(string Name, long Support, long Predicted, long Correct)
{
    /// <summary>Of the images taken for the class, the share that is of it; null where none was taken for it.</summary>
    public double? Precision => Predicted == 0 ? null : (double)Correct / Predicted;

    /// <summary>Of the images of the class, the share that was recognised; null where there is none.</summary>
    public double? Recall => Support == 0 ? null : (double)Correct / Support;

    /// <summary>The harmonic mean of both: 2 · correct / (support + predicted); null where the class has no image.</summary>
    public double? F1 => Support == 0 ? null : 2.0 * Correct / (Support + Predicted);
}
