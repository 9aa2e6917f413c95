namespace Rf3d.MLNet;

/// <summary>The outputs of a network before the softmax for images that it did not learn from.</summary>
/// <param name="Logits">[images, classes], row-major.</param>
/// <param name="Labels">The class of each image, from 0.</param>
internal sealed record HeldOutLogits(float[] Logits, long[] Labels)
{
    public int Count => Labels.Length;

    public int Classes => Labels.Length == 0 ? 0 : Logits.Length / Labels.Length;

    /// <summary>The outputs for one image.</summary>
    public ReadOnlySpan<float> Of(int image) => Logits.AsSpan(image * Classes, Classes);

    /// <summary>The class with the highest output, the first among equals.</summary>
    public int PredictedOf(int image)
    {
        var logits = Of(image);
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
        {
            if (logits[i] > logits[best])
                best = i;
        }
        return best;
    }

    /// <summary>The images whose numbers <paramref name="isKept"/> accepts.</summary>
    public HeldOutLogits Where(Func<int, bool> isKept)
    {
        int[] kept = [.. Enumerable.Range(0, Count).Where(isKept)];
        var logits = new float[kept.Length * Classes];
        for (var i = 0; i < kept.Length; i++)
            Of(kept[i]).CopyTo(logits.AsSpan(i * Classes));
        return new(logits, [.. kept.Select(image => Labels[image])]);
    }
}
