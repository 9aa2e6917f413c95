using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>The effect of a temperature that was chosen on few images on other images.</summary>
/// <param name="Images">Number of images that it was chosen on.</param>
/// <param name="Draws">How often so many were drawn.</param>
/// <param name="Used">Share of the draws in which a temperature was used.</param>
/// <param name="MeanChange">Mean change of the log loss of other images.</param>
/// <param name="Worse">Share of the draws in which it rose.</param>
/// <param name="Worst">The change of the log loss that one draw in twenty exceeds.</param>
internal sealed record TemperatureStudy(int Images, int Draws, double Used, double MeanChange, double Worse, double Worst)
{
    /// <param name="split">The network.</param>
    /// <param name="images">Number of images to choose on.</param>
    /// <param name="draws">How often.</param>
    /// <returns>Null where there are not as many.</returns>
    public static TemperatureStudy? Of(OpenSetSplit split, int images, int draws)
    {
        var (chosen, judged) = (Logits(split, ImagePart.Validation), Logits(split, ImagePart.Known));
        if (images > chosen.Count)
            return null;
        var before = TemperatureFit.Losses(judged, 1).Average();
        var random = new Random(1);
        var changes = new double[draws];
        var used = 0;
        for (var draw = 0; draw < draws; draw++)
        {
            int[] all = [.. Enumerable.Range(0, chosen.Count)];
            random.Shuffle(all);
            HashSet<int> drawn = [.. all.Take(images)];
            var temperature = TemperatureChoice.Of(chosen.Where(drawn.Contains), fewest: 1)!.Temperature;
            used += temperature == 1 ? 0 : 1;
            changes[draw] = TemperatureFit.Losses(judged, temperature).Average() - before;
        }
        Array.Sort(changes);
        return new(images, draws, (double)used / draws, changes.Average(), changes.Count(change => change > 0) / (double)draws, changes[(int)(0.95 * draws)]);
    }

    public static HeldOutLogits Logits(OpenSetSplit split, string part) => new(split.Logits(split.Part(part)), Array.ConvertAll(split.Part(part).Labels, label => (long)label));
}
