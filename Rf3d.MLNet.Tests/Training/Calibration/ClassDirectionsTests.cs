namespace Rf3d.MLNet.Tests.Training.Calibration;

/// <summary>Similarities to the means of classes, by hand.</summary>
[TestClass]
public class ClassDirectionsTests
{
    // Two classes at a right angle, a third without images.
    private static readonly ClassDirections Corner = ClassDirections.Of([2, 0, 4, 0, 0, 3, 0, 3], [0, 0, 1, 1], 3);

    [TestMethod]
    public void Directions_are_the_means_with_a_length_of_1()
    {
        CollectionAssert.AreEqual(new float[] { 1, 0, 0, 1, 0, 0 }, Corner.Directions);
        var diagonal = ClassDirections.Of([3, 0, 0, 3, 1, 1], [0, 0, 0], 1).Directions;
        Assert.AreEqual(Math.Sqrt(0.5), diagonal[0], 1e-6);
        Assert.AreEqual(Math.Sqrt(0.5), diagonal[1], 1e-6);
    }

    [TestMethod]
    public void An_image_is_compared_with_the_means_of_the_others()
    {
        // Each is like the other one of its class.
        Assert.IsTrue(Corner.Quantiles.All(similarity => Math.Abs(similarity - 1) < 1e-6));
        // With itself the first would be like its class: the other one is at a right angle.
        var apart = ClassDirections.Of([1, 0, 0, 1, 1, 0, 1, 0], [0, 0, 1, 1], 2);
        Assert.AreEqual(0, apart.Quantiles[0], 1e-6);
        Assert.AreEqual(1, apart.Quantiles[^1], 1e-6);
        // The only one of its class is compared with the other classes.
        Assert.AreEqual(Math.Sqrt(0.5), ClassDirections.Of([1, 1, 1, 0, 1, 0], [0, 1, 1], 2).Quantiles[0], 1e-6);
    }

    [TestMethod]
    public void Typicality_is_the_share_of_similarities_below()
    {
        var directions = new ClassDirections([1], [.. Enumerable.Range(0, 101).Select(step => step / 100f)]);
        foreach (var (similarity, expected) in new[] { (-1f, 0f), (0f, 0f), (0.255f, 0.255f), (0.5f, 0.5f), (1f, 1f), (1.001f, 1f), (float.NaN, 0f) })
            Assert.AreEqual(expected, directions.TypicalityOf(similarity), 1e-5, $"{similarity}");
        // Equal similarities are no division by zero.
        Assert.AreEqual(1, Corner.TypicalityOf(1.01f));
        Assert.AreEqual(0, Corner.TypicalityOf(0.5f));
    }

    [TestMethod]
    public void The_text_of_a_model_is_read_and_another_refused()
    {
        var read = ClassDirections.Parse(Corner.ToText(), 6);
        CollectionAssert.AreEqual(Corner.Directions, read.Directions);
        CollectionAssert.AreEqual(Corner.Quantiles, read.Quantiles);
        Assert.Contains("class means", Assert.ThrowsExactly<FormatException>(() => ClassDirections.Parse(Corner.ToText(), 7)).Message);
        var broken = Corner with { Quantiles = [.. Corner.Quantiles.Select(_ => float.NaN)] };
        Assert.Contains("no numbers", Assert.ThrowsExactly<FormatException>(() => ClassDirections.Parse(broken.ToText(), 6)).Message);
    }
}
