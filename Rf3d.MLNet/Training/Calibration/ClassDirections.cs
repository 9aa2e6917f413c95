using System.Runtime.InteropServices;

namespace Rf3d.MLNet;

/// <summary>
/// The mean features of each class, as directions: an image whose features point in no such direction is unlike all classes. The nearest class mean, by the cosine, needs the memory of one more
/// last layer; docs/benchmarks/unknown-images.md compares it with other scores.
/// </summary>
/// <param name="Directions">[classes, features], row-major, each row of length 1; zeros for a class without images.</param>
/// <param name="Quantiles">Of the similarities of training images, each with the means of the others: the lowest, and after it steps of the same share.</param>
internal sealed record ClassDirections(float[] Directions, float[] Quantiles)
{
    /// <summary>The key in the metadata of a network.</summary>
    public const string Key = "rf3d.class_directions";

    private const int QuantileCount = 101;

    // Quantiles of more images are the same, and each is compared with all classes.
    private const int MostCompared = 2000;

    /// <param name="features">[images, features], row-major.</param>
    /// <param name="labels">The class of each image.</param>
    /// <param name="classes">Number of classes.</param>
    public static ClassDirections Of(float[] features, long[] labels, int classes)
    {
        var width = features.Length / labels.Length;
        var (sums, counts) = (new double[classes, width], new long[classes]);
        for (var image = 0; image < labels.Length; image++)
        {
            counts[labels[image]]++;
            for (var i = 0; i < width; i++)
                sums[labels[image], i] += features[(image * width) + i];
        }
        var directions = new float[classes * width];
        for (var k = 0; k < classes; k++)
        {
            var length = Length(i => sums[k, i], width);
            for (var i = 0; i < width && length > 0; i++)
                directions[(k * width) + i] = (float)(sums[k, i] / length);
        }
        var stride = (labels.Length + MostCompared - 1) / MostCompared;
        var similarities = new float[(labels.Length + stride - 1) / stride];
        for (var i = 0; i < similarities.Length; i++)
            similarities[i] = Similarity(i * stride);
        Array.Sort(similarities);
        return new(directions, [.. Enumerable.Range(0, QuantileCount).Select(step => similarities[(int)Math.Round((double)step * (similarities.Length - 1) / (QuantileCount - 1))])]);

        // An image is not compared with a mean that it is part of.
        float Similarity(int image)
        {
            var own = features.AsMemory(image * width, width);
            var length = Length(i => own.Span[i], width);
            var best = -1.0;
            for (var k = 0; k < classes; k++)
            {
                var isOwn = k == labels[image];
                if (length == 0 || counts[k] <= (isOwn ? 1 : 0))
                    continue;
                double product = 0, square = 0;
                for (var i = 0; i < width; i++)
                {
                    var sum = sums[k, i] - (isOwn ? own.Span[i] : 0);
                    (product, square) = (product + (sum * own.Span[i]), square + (sum * sum));
                }
                best = Math.Max(best, product / Math.Max(1e-30, Math.Sqrt(square) * length));
            }
            return (float)best;
        }
    }

    /// <summary>The share of the training images that are at most as similar to a class as an image is, 0 to 1.</summary>
    /// <param name="similarity">The highest cosine of the image's features and a direction.</param>
    public float TypicalityOf(float similarity)
    {
        var above = Quantiles.AsSpan().IndexOfAnyExceptInRange(float.NegativeInfinity, similarity);
        if (above == 0 || float.IsNaN(similarity))
            return 0;
        if (above < 0)
            return 1;
        var (low, high) = (Quantiles[above - 1], Quantiles[above]);
        return (above - 1 + ((similarity - low) / (high - low))) / (Quantiles.Length - 1);
    }

    public string ToText() => Convert.ToBase64String(MemoryMarshal.AsBytes<float>([.. Quantiles, .. Directions]));

    /// <param name="text">As <see cref="ToText"/> gives it.</param>
    /// <param name="weights">Weights of the last layer, of which there are as many as numbers in the directions.</param>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static ClassDirections Parse(string text, int weights)
    {
        var bytes = Convert.FromBase64String(text);
        if (bytes.Length != (weights + QuantileCount) * sizeof(float))
            throw new FormatException($"its record of class means has {bytes.Length} bytes, and its last layer {weights} weights");
        var values = MemoryMarshal.Cast<byte, float>(bytes);
        if (values.ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
            throw new FormatException("its record of class means has values that are no numbers");
        return new(values[QuantileCount..].ToArray(), values[..QuantileCount].ToArray());
    }

    private static double Length(Func<int, double> value, int width)
    {
        double sum = 0;
        for (var i = 0; i < width; i++)
            sum += value(i) * value(i);
        return Math.Sqrt(sum);
    }
}
