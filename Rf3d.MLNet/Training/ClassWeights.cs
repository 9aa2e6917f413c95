using System.Collections.Immutable;
using System.Globalization;

namespace Rf3d.MLNet;

/// <summary>How much an image of each class counts in the training loss: as its rarity demands, or figures of your own.</summary>
/// <remarks>
/// Accuracy and the validation loss count every image once. An image of weight 2 pulls the weights as two would; the mean over a
/// batch is divided by the sum of the weights in it (with MixUp and CutMix, by the number of images).
/// </remarks>
public sealed class ClassWeights
{
    private ClassWeights(ImmutableArray<double> values) => Values = values;

    /// <summary>
    /// N / (K·n) for a class with n of the N training images, K classes having any: each class has the same say, and an image counts 1 on average.
    /// A class without a training image counts 0.
    /// </summary>
    public static ClassWeights Auto { get; } = new([]);

    /// <summary>The weights by class; none for <see cref="Auto"/>, which knows them when it sees the training images.</summary>
    public ImmutableArray<double> Values { get; }

    /// <summary>Weights by class, in the order of the label's keys.</summary>
    /// <param name="weights">One for each class, above 0.</param>
    /// <exception cref="ArgumentException">There is no weight, or one is not above 0, infinite or not a number.</exception>
    public static ClassWeights Of(params ReadOnlySpan<double> weights)
    {
        ImmutableArray<double> values = [.. weights];
        // A batch whose images all count 0 would have no mean loss.
        if (values.IsEmpty || !values.All(value => value > 0 && double.IsFinite(value)))
            throw new ArgumentException($"Class weights must be above 0, one for each class; they are [{Text(values)}].", nameof(weights));
        return new(values);
    }

    /// <summary>"auto", or the weights.</summary>
    public override string ToString() => Values.IsEmpty ? "auto" : Text(Values);

    /// <param name="counts">Training images by class.</param>
    /// <exception cref="ArgumentException">There is not one weight for each class.</exception>
    internal float[] For(IReadOnlyList<long> counts)
    {
        if (Values.IsEmpty)
        {
            var (images, present) = (counts.Sum(), counts.Count(count => count > 0));
            return [.. counts.Select(count => count == 0 ? 0 : (float)(images / ((double)present * count)))];
        }
        if (Values.Length != counts.Count)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"ClassWeights has {Values.Length} weights; the label has {counts.Count} classes."));
        return [.. Values.Select(value => (float)value)];
    }

    private static string Text(IEnumerable<double> values) => string.Join(", ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)));
}
