namespace Rf3d.ModelBuilder;

/// <summary>A test image with the model's prediction.</summary>
/// <param name="Row">Row of the test data, counted from 0.</param>
/// <param name="Actual">Index of its class.</param>
/// <param name="Predicted">Index of the class with the highest probability.</param>
/// <param name="Confidence">That probability, 0 to 1.</param>
/// <param name="ActualProbability">Probability of its class, 0 to 1.</param>
/// <param name="Path">Its file; null for an image from elsewhere.</param>
internal sealed record ScoredImage(long Row, int Actual, int Predicted, double Confidence, double ActualProbability, string? Path = null)
{
    public bool IsCorrect => Actual == Predicted;

    /// <summary>Its name: that of the file, or the row.</summary>
    public string Name => Path is null ? FormattableString.Invariant($"row {Row}") : System.IO.Path.GetFileName(Path);

    public static ScoredImage Of(long row, int actual, ReadOnlySpan<float> scores, string? path = null)
    {
        var predicted = scores.IndexOfMax();
        return new(row, actual, predicted, scores[predicted], scores[actual], path);
    }
}

/// <summary>Extensions for spans.</summary>
internal static class Spans
{
    public static int IndexOfMax(this ReadOnlySpan<float> values)
    {
        var best = 0;
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i] > values[best])
                best = i;
        }
        return best;
    }
}
