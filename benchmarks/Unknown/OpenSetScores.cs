using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>Scores by which images of known classes may be distinguished from others: higher for known ones.</summary>
internal sealed class OpenSetScores
{
    public const string Confidence = "highest probability";

    private const int Neighbours = 10;

    private readonly OpenSetSplit _split;
    private readonly double _temperature;
    private readonly double[][] _means;
    private readonly double[] _mean;
    private readonly double[,] _within;
    private readonly double[,] _total;
    private readonly float[][] _directions;
    private readonly ClassDirections _classes;

    /// <param name="split">The network; its training images give means, covariances and neighbours.</param>
    /// <param name="temperature">Of the probabilities.</param>
    public OpenSetScores(OpenSetSplit split, double temperature)
    {
        (_split, _temperature) = (split, temperature);
        var training = split.Part(ImagePart.Training);
        double[][] rows = [.. Enumerable.Range(0, training.Count).Select(image => Row(training, image))];
        _means = [.. Enumerable.Range(0, split.Biases.Length).Select(k => Mean([.. rows.Where((_, image) => training.Labels[image] == k)]))];
        _mean = Mean(rows);
        // Both are shrunk alike: of fewer images than features, the distances would not be comparable.
        double? share = null;
        _within = Covariance.Factor([.. rows.Select((row, image) => Minus(row, _means[training.Labels[image]]))], ref share);
        _total = Covariance.Factor([.. rows.Select(row => Minus(row, _mean))], ref share);
        _classes = ClassDirections.Of(training.Features, Array.ConvertAll(training.Labels, label => (long)label), split.Biases.Length);
        _directions = [.. Enumerable.Range(0, training.Count).Select(image => Direction(training, image))];
    }

    /// <summary>All scores of the images of a part, by name.</summary>
    public IReadOnlyDictionary<string, double[]> Of(ImagePart part)
    {
        var (logits, classes) = (_split.Logits(part), _split.Biases.Length);
        Dictionary<string, double[]> scores = [];
        Add(Confidence, image => Math.Exp(-Energy(image, _temperature).Lowest));
        Add("highest logit", image => logits.AsSpan(image * classes, classes).ToArray().Max());
        Add("energy (W. Liu et al., 2020)", image => Energy(image, 1).Energy);
        var within = new double[part.Count];
        var total = new double[part.Count];
        Parallel.For(0, part.Count, image =>
        {
            var row = Row(part, image);
            within[image] = -_means.Min(mean => Covariance.Distance(_within, Minus(row, mean)));
            total[image] = Covariance.Distance(_total, Minus(row, _mean));
        });
        scores["Mahalanobis distance (K. Lee et al., 2018)"] = within;
        Add("relative Mahalanobis distance (J. Ren et al., 2021)", image => within[image] + total[image]);
        Add($"{Neighbours}th nearest neighbour (Y. Sun et al., 2022)", image => Nearest(Direction(part, image)));
        Add("nearest class mean, by the cosine", image => Cosine(Direction(part, image)));
        return scores;

        void Add(string name, Func<int, double> score)
        {
            var values = new double[part.Count];
            Parallel.For(0, part.Count, image => values[image] = score(image));
            scores[name] = values;
        }

        (double Energy, double Lowest) Energy(int image, double temperature)
        {
            var own = logits.AsSpan(image * classes, classes);
            var (highest, sum) = (double.NegativeInfinity, 0.0);
            foreach (var logit in own)
                highest = Math.Max(highest, logit / temperature);
            foreach (var logit in own)
                sum += Math.Exp((logit / temperature) - highest);
            return (highest + Math.Log(sum), Math.Log(sum));
        }
    }

    /// <summary>The area under the ROC curve: the probability that a known image has the higher score than an unknown one, ties counted by half.</summary>
    public static double Auroc(IReadOnlyList<double> known, IReadOnlyList<double> unknown)
    {
        var sorted = known.Select(score => (Score: score, IsKnown: true)).Concat(unknown.Select(score => (Score: score, IsKnown: false))).OrderBy(entry => entry.Score).ToList();
        double ranks = 0;
        for (var first = 0; first < sorted.Count;)
        {
            var last = first;
            while (last + 1 < sorted.Count && sorted[last + 1].Score.Equals(sorted[first].Score))
                last++;
            for (var i = first; i <= last; i++)
                ranks += sorted[i].IsKnown ? 1 + ((first + last) / 2.0) : 0;
            first = last + 1;
        }
        return (ranks - (known.Count * (known.Count + 1.0) / 2)) / ((double)known.Count * unknown.Count);
    }

    private double Cosine(float[] direction)
    {
        var best = double.NegativeInfinity;
        for (var first = 0; first < _classes.Directions.Length; first += direction.Length)
            best = Math.Max(best, System.Numerics.Tensors.TensorPrimitives.Dot(_classes.Directions.AsSpan(first, direction.Length), direction));
        return best;
    }

    private double Nearest(float[] direction)
    {
        var similarities = new float[_directions.Length];
        for (var i = 0; i < similarities.Length; i++)
            similarities[i] = System.Numerics.Tensors.TensorPrimitives.Dot(_directions[i], direction);
        Array.Sort(similarities);
        return similarities[^Math.Min(Neighbours, similarities.Length)];
    }

    private static float[] Direction(ImagePart part, int image)
    {
        var row = part.Of(image);
        var length = MathF.Sqrt(System.Numerics.Tensors.TensorPrimitives.SumOfSquares(row)) + 1e-12f;
        var direction = row.ToArray();
        foreach (ref var value in direction.AsSpan())
            value /= length;
        return direction;
    }

    private static double[] Row(ImagePart part, int image) => Array.ConvertAll(part.Of(image).ToArray(), value => (double)value);

    private static double[] Minus(double[] row, double[] other)
    {
        var difference = new double[row.Length];
        for (var i = 0; i < row.Length; i++)
            difference[i] = row[i] - other[i];
        return difference;
    }

    private static double[] Mean(double[][] rows)
    {
        var mean = new double[rows[0].Length];
        foreach (var row in rows)
        {
            for (var i = 0; i < mean.Length; i++)
                mean[i] += row[i] / rows.Length;
        }
        return mean;
    }
}
