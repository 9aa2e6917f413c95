using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Adaptation;

[TestClass]
public class LogisticRegressionTests
{
    private const double Strength = 0.05;
    private const int Rows = 60;
    private const int Count = 7;
    private const int Classes = 3;

    private static readonly long[] Labels = [.. Enumerable.Range(0, Rows).Select(row => (long)(row % Classes))];

    /// <summary>Features of which some tell the classes apart, with means and deviations of their own.</summary>
    private static float[] Drawn(double scale = 1, double shift = 0)
    {
        var random = new Random(4);
        return [.. Enumerable.Range(0, Rows * Count).Select(i => (float)(shift + (scale * (((i % Count) + 1) * (random.NextDouble() - 0.5 + (i % Count == Labels[i / Count] ? 0.4 : 0))))))];
    }

    private static Tensor Features(float[] values) => tensor(values).view(Rows, Count);

    private static double[] RowWeights()
    {
        double[] counts = [.. Enumerable.Range(0, Rows).Select(row => 1.0 + (row % 4))];
        return [.. counts.Select(count => count / counts.Sum())];
    }

    [TestMethod]
    public void At_the_solution_the_gradient_of_the_plain_formula_is_zero()
    {
        using var scope = NewDisposeScope();
        using var regression = new LogisticRegression(Features(Drawn()), Labels, Classes, CPU);
        var solution = regression.Fit(tensor(RowWeights()).unsqueeze(0), Strength, regression.Start(1), 1e-9, default);
        var gradient = Gradient(Scaled(Drawn()), RowWeights(), [.. solution.data<double>()]);
        Assert.IsLessThan(1e-8, gradient.Max(Math.Abs));
    }

    [TestMethod]
    public void Slow_gradient_descent_arrives_at_the_same_weights()
    {
        using var scope = NewDisposeScope();
        using var regression = new LogisticRegression(Features(Drawn()), Labels, Classes, CPU);
        var solution = regression.Fit(tensor(RowWeights()).unsqueeze(0), Strength, regression.Start(1), 1e-9, default);
        var (rows, weights) = (Scaled(Drawn()), new double[Classes * (Count + 1)]);
        for (var i = 0; i < 4000; i++)
        {
            var gradient = Gradient(rows, RowWeights(), weights);
            for (var j = 0; j < weights.Length; j++)
                weights[j] -= 0.5 * gradient[j];
        }
        CollectionAssert.AreEqual(weights.Select(weight => Math.Round(weight, 6)).ToArray(), solution.data<double>().ToArray().Select(weight => Math.Round(weight, 6)).ToArray());
    }

    [TestMethod]
    public void Fits_that_are_solved_together_are_those_that_are_solved_alone()
    {
        using var scope = NewDisposeScope();
        using var regression = new LogisticRegression(Features(Drawn()), Labels, Classes, CPU);
        var (all, half) = (tensor(RowWeights()), tensor([.. Enumerable.Range(0, Rows).Select(row => row < 30 ? 1.0 / 30 : 0)]));
        var both = regression.Fit(stack([all, half]), Strength, regression.Start(2), 1e-10, default);
        foreach (var (weights, fit) in new[] { (all, 0), (half, 1) })
        {
            var alone = regression.Fit(weights.unsqueeze(0), Strength, regression.Start(1), 1e-10, default);
            Assert.IsLessThan(1e-7, both[fit].sub(alone[0]).abs().max().item<double>());
        }
    }

    [TestMethod]
    [DataRow(1L)]
    [DataRow(2L * Classes * (Count + 1))]
    public void Fits_of_too_many_values_are_solved_one_after_the_other(long most)
    {
        using var scope = NewDisposeScope();
        using LogisticRegression together = new(Features(Drawn()), Labels, Classes, CPU), apart = new(Features(Drawn()), Labels, Classes, CPU) { MostValuesTogether = most };
        var weights = stack(Enumerable.Range(0, 3).Select(fit => tensor(Enumerable.Range(0, Rows).Select(row => row % 4 == fit ? 0 : 1.0 / 45).ToArray())));
        var expected = together.Fit(weights, Strength, together.Start(3), 1e-10, default);
        var actual = apart.Fit(weights, Strength, apart.Start(3), 1e-10, default);
        CollectionAssert.AreEqual(expected.shape, actual.shape);
        Assert.IsLessThan(1e-7, expected.sub(actual).abs().max().item<double>());
    }

    [TestMethod]
    public void Scale_and_shift_of_features_change_nothing_that_is_predicted()
    {
        var expected = Predicted(Drawn());
        foreach (var features in new[] { Drawn(scale: 1000), Drawn(scale: 1e-3), Drawn(shift: 50) })
        {
            var actual = Predicted(features);
            Assert.IsLessThan(1e-4, expected.Zip(actual, (one, other) => Math.Abs(one - other)).Max());
        }

        static double[] Predicted(float[] features)
        {
            using var scope = NewDisposeScope();
            using var regression = new LogisticRegression(Features(features), Labels, Classes, CPU);
            var solution = regression.Fit(tensor(RowWeights()).unsqueeze(0), Strength, regression.Start(1), 1e-9, default);
            return regression.Logits(solution[0], arange(Rows)).data<double>().ToArray();
        }
    }

    [TestMethod]
    public void The_head_gives_the_same_for_features_as_they_came()
    {
        using var scope = NewDisposeScope();
        var features = Drawn(scale: 3, shift: 20);
        using var regression = new LogisticRegression(Features(features), Labels, Classes, CPU);
        var solution = regression.Fit(tensor(RowWeights()).unsqueeze(0), Strength, regression.Start(1), 1e-7, default);
        var (weights, biases) = regression.Head(solution[0]);
        var logits = Features(features).to(ScalarType.Float64).matmul(tensor(weights).view(Classes, Count).t()).add(tensor(biases));
        var expected = regression.Logits(solution[0], arange(Rows));
        Assert.IsLessThan(1e-9, logits.softmax(1).sub(expected.softmax(1)).abs().max().item<double>());
        Assert.AreEqual(0, biases.Sum(), 1e-9);
    }

    [TestMethod]
    public void Classes_that_a_line_separates_get_finite_weights_that_grow_as_the_penalty_falls()
    {
        using var scope = NewDisposeScope();
        float[] values = [-3, -2, -1, 1, 2, 3];
        using var regression = new LogisticRegression(tensor(values).view(6, 1), [0, 0, 0, 1, 1, 1], 2, CPU);
        var weights = full([1, 6], 1.0 / 6, ScalarType.Float64);
        var (last, start) = (0.0, regression.Start(1));
        foreach (var strength in new[] { 1, 1e-2, 1e-4, StrengthPath.Weakest })
        {
            start = regression.Fit(weights, strength, start, 1e-9, default);
            var weight = start[0, 1, 0].item<double>();
            Assert.IsGreaterThan(last, weight);
            last = weight;
        }
        Assert.IsTrue(double.IsFinite(last));
        Assert.IsLessThan(0.01, regression.Loss(start, weights.t(), 0).Values.item<double>());
    }

    [TestMethod]
    public void Features_that_are_the_same_for_all_rows_leave_the_shares_of_classes()
    {
        using var scope = NewDisposeScope();
        using var regression = new LogisticRegression(ones(8, 3), [0, 0, 0, 0, 0, 0, 1, 1], 2, CPU);
        var solution = regression.Fit(full([1, 8], 1.0 / 8, ScalarType.Float64), Strength, regression.Start(1), 1e-9, default);
        var (weights, biases) = regression.Head(solution[0]);
        Assert.AreEqual(0, weights.Max(Math.Abs));
        Assert.AreEqual(Math.Log(3), biases[0] - biases[1], 1e-6);
    }

    [TestMethod]
    public void Features_that_are_no_numbers_are_refused()
    {
        using var scope = NewDisposeScope();
        var features = Drawn();
        features[5] = float.NaN;
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => new LogisticRegression(Features(features), Labels, Classes, CPU));
        Assert.Contains("not a number", error.Message);
    }

    /// <summary>Of mean 0 each, and of mean variance 1 over all.</summary>
    private static double[][] Scaled(float[] features)
    {
        var means = Enumerable.Range(0, Count).Select(i => Enumerable.Range(0, Rows).Average(row => (double)features[(row * Count) + i])).ToArray();
        var rows = features.Chunk(Count).Select(row => row.Select((value, i) => value - means[i]).ToArray()).ToArray();
        var scale = Math.Sqrt(rows.Average(row => row.Average(value => value * value)));
        return [.. rows.Select(row => row.Select(value => value / scale).Append(1).ToArray())];
    }

    private static double[] Gradient(double[][] rows, double[] rowWeights, double[] weights)
    {
        var gradient = weights.Select((weight, i) => i % (Count + 1) == Count ? 0 : Strength * weight).ToArray();
        for (var row = 0; row < rows.Length; row++)
        {
            var powers = weights.Chunk(Count + 1).Select(own => Math.Exp(own.Zip(rows[row], (weight, value) => weight * value).Sum())).ToArray();
            for (var k = 0; k < Classes; k++)
            {
                var error = rowWeights[row] * ((powers[k] / powers.Sum()) - (Labels[row] == k ? 1 : 0));
                for (var i = 0; i <= Count; i++)
                    gradient[(k * (Count + 1)) + i] += error * rows[row][i];
            }
        }
        return gradient;
    }
}
