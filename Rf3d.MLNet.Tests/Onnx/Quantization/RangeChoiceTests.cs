namespace Rf3d.MLNet.Tests.Onnx.Quantization;

/// <summary>Counts of values, and the ranges that are chosen by them.</summary>
[TestClass]
public class RangeChoiceTests
{
    [TestMethod]
    public void Counts_do_not_depend_on_the_order_of_the_values()
    {
        var random = new Random(1);
        var values = Enumerable.Range(0, 5000).Select(i => MathF.Pow(random.NextSingle() * 10, 3) - 300).ToArray();
        var (one, other) = (new ActivationHistogram(), new ActivationHistogram());
        one.Add(values);
        foreach (var part in values.Order().Chunk(333))
            other.Add(part);
        CollectionAssert.AreEqual(one.Bins().ToList(), other.Bins().ToList());
        Assert.AreEqual((values.Min(), values.Max(), 5000L), (other.Low, other.High, other.Count));
        Assert.AreEqual(5000, one.Bins().Sum(bin => bin.Count));
    }

    [TestMethod]
    public void A_bin_is_a_small_part_of_a_level()
    {
        var histogram = new ActivationHistogram();
        histogram.Add([0, 0.001f, 1]);
        var values = histogram.Bins().Select(bin => bin.Value).ToArray();
        Assert.AreEqual(0, values[0]);
        Assert.AreEqual(0.001, values[1], 1.0 / 255 / 16);
        Assert.AreEqual(1, values[2], 1.0 / 255 / 16);
        histogram.Add([1e6f]);
        Assert.HasCount(2, histogram.Bins(), "Small values are one bin beside a large one.");
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    [DataRow(float.NegativeInfinity)]
    public void Values_that_no_range_holds_are_refused(float value) =>
        Assert.ThrowsExactly<NotFiniteNumberException>(() => new ActivationHistogram().Add([1, value, 2]));

    [TestMethod]
    [DataRow(-1.0, 3.0)]
    [DataRow(0.0, 6.0)]
    [DataRow(2.0, 5.0)]
    [DataRow(-7.0, -1.0)]
    public void Zero_is_a_level_and_the_ends_are_within_half_a_step(double low, double high)
    {
        var range = ActivationRange.Of(low, high);
        Assert.AreEqual(0, range.Round(0));
        foreach (var value in new[] { Math.Min(low, 0), low, (low + high) / 2, high, Math.Max(high, 0) })
            Assert.AreEqual(value, range.Round(value), range.Scale * 0.51, $"{value}");
        Assert.AreEqual(low >= 0, range.ZeroPoint == 0);
        Assert.AreEqual(0, range.Level(-1e9));
        Assert.AreEqual(255, range.Level(1e9));
    }

    [TestMethod]
    public void A_map_of_zeros_has_a_range() => Assert.AreEqual(new(1f / 255, 0), ActivationRange.Of(0, 0));

    [TestMethod]
    public void The_least_error_clips_one_extreme_value_and_min_max_does_not()
    {
        var random = new Random(2);
        var histogram = new ActivationHistogram();
        histogram.Add([.. Enumerable.Range(0, 200_000).Select(_ => random.NextSingle()), 40]);
        Assert.AreEqual(40, RangeChoice.Choose(histogram, CalibrationMethod.MinMax).Round(1e9), 0.01);
        Assert.AreEqual(1, RangeChoice.Choose(histogram, CalibrationMethod.Percentile).Round(1e9), 0.1);
        var best = RangeChoice.Choose(histogram, CalibrationMethod.MeanSquaredError).Round(1e9);
        Assert.IsLessThan(35, best);
        Assert.IsGreaterThan(1, best);
    }

    [TestMethod]
    public void Both_ends_of_a_range_are_chosen()
    {
        var random = new Random(2);
        var histogram = new ActivationHistogram();
        histogram.Add([.. Enumerable.Range(0, 400_000).Select(_ => random.NextSingle() - 0.5f), -20, 8]);
        foreach (var method in new[] { CalibrationMethod.Percentile, CalibrationMethod.MeanSquaredError })
        {
            var range = RangeChoice.Choose(histogram, method);
            Assert.IsGreaterThan(-18, range.Round(-1e9), $"{method}");
            Assert.IsLessThan(7.5, range.Round(1e9), $"{method}");
            Assert.IsLessThan(-0.4, range.Round(-1e9), $"{method}");
            Assert.IsGreaterThan(0.4, range.Round(1e9), $"{method}");
        }
    }
}
