using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>The size of the images that a pretrained network sees, where none is asked for.</summary>
internal static class PretrainedSize
{
    // A network that learned from photographs says little of 32 pixels, and hardly more at 224 than at 128, which takes a third of the time (docs/journal.md).
    private const int Least = 128;

    private const int Most = 224;

    // Networks halve their maps five times: of other sizes they would leave pixels at the border out.
    private const int Step = 32;

    /// <param name="found">The size that a training from nothing would take: that of all images where they are small and of one size, else a square, or a rectangle where all are long.</param>
    /// <param name="input">Its image preparation. Where it learned from smaller images, images are not enlarged beyond their size.</param>
    public static Size2D Of(Size2D found, PretrainedInput input)
    {
        var least = Math.Min(Least, Math.Min(input.Height, input.Width));
        var (shorter, longer) = (Math.Min(found.Height, found.Width), Math.Max(found.Height, found.Width));
        var wanted = Math.Max(1, (double)least / shorter);
        // A long image has about as many pixels as the largest square, up to two thirds more by rounding, and is lower than the least for that.
        var most = Math.Sqrt((double)Most * Most / shorter / longer);
        var side = wanted <= most ? Math.Max(Rounded(shorter * wanted), Math.Max(Step, least)) : Math.Max(Step, Rounded((shorter * most) - 1));
        var length = Math.Max(side, Rounded((double)side * longer / shorter));
        return found.Height < found.Width ? new(side, length) : new(length, side);

        static int Rounded(double pixels) => (int)Math.Round(pixels / Step, MidpointRounding.AwayFromZero) * Step;
    }
}
