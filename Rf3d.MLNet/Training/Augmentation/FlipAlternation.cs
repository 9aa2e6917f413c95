using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Which images are mirrored in an epoch: each image is seen unchanged and mirrored alternately, and for half of them, drawn by the seed, the
/// mirrored one comes first (K. Jordan, 2024). Where a coin is tossed, every other epoch shows an image as the one
/// before did, and few epochs show less that is new.
/// </summary>
/// <param name="seed">Of the training. The images and the epoch are all else that it depends on, so that a resumed training needs no memory of it.</param>
internal sealed class FlipAlternation(int seed)
{
    // The increment and the first factor of SplitMix64 (G. L. Steele et al., 2014).
    private const long Increment = unchecked((long)0x9E3779B97F4A7C15), Factor = unchecked((long)0xBF58476D1CE4E5B9);

    /// <param name="indices">[n], int64: the images, as rows of their set.</param>
    /// <param name="epoch">The epoch.</param>
    /// <returns>[n], bool.</returns>
    public Tensor Of(Tensor indices, int epoch)
    {
        using var scope = NewDisposeScope();
        var mixed = indices.Times(Increment).PlusInPlace(unchecked(seed * Factor));
        mixed = (mixed ^ mixed.bitwise_right_shift(30)).TimesInPlace(Factor);
        var first = mixed.bitwise_right_shift(40).bitwise_and(1);
        return first.IsNot(epoch & 1).MoveToOuterDisposeScope();
    }
}
