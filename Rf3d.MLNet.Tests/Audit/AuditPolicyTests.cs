using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Audit;

/// <summary>The decisions of an audit that depend on figures alone.</summary>
[TestClass]
public class AuditPolicyTests
{
    [TestMethod]
    public void Robust_limits_do_not_move_with_unusual_values()
    {
        // Median 3, deviations 2, 1, 0, 1, 997: their median is 1.
        Assert.AreEqual(3 + (4 * 1.4826), RobustLimit.Of([1, 2, 3, 4, 1000], 4), 1e-9);
        Assert.AreEqual(3 - (4 * 1.4826), RobustLimit.Of([1, 2, 3, 4, double.NaN, 1000], -4), 1e-9);
        // Where most are the same, nothing else is unusual for that alone.
        Assert.AreEqual(double.PositiveInfinity, RobustLimit.Of([1, 1, 1, 5], 4));
        Assert.AreEqual(double.NegativeInfinity, RobustLimit.Of([double.NaN], -4));
        Assert.AreEqual(2.5, RobustLimit.Median([4, 1, 2, 3]), 1e-9);
    }

    [TestMethod]
    public void Groups_are_chains_of_pairs_and_are_numbered_by_their_first_images()
    {
        var groups = new UnionFind(7);
        groups.Join(5, 6);
        groups.Join(4, 2);
        groups.Join(3, 4);
        CollectionAssert.AreEqual(new[] { -1, -1, 0, 0, 0, 1, 1 }, groups.Numbers());
        CollectionAssert.AreEqual(new[] { -1, -1 }, new UnionFind(2).Numbers());
    }

    [TestMethod]
    public void Equal_images_are_duplicates_whatever_was_found_of_them()
    {
        ImageEntry[] entries = [Entry(1), Entry(2), Entry(1), Entry(3), Entry(4)];
        var sets = DuplicateSets.Of(entries, [new(0, 2, 0.99), new(1, 3, 0.95)]);
        CollectionAssert.AreEqual(new[] { 0, 1, 0, 1, -1 }, sets.GroupOf);
        CollectionAssert.AreEqual(new[] { 1, 0.95, 1, 0.95, 0 }, sets.Similarity);
        CollectionAssert.AreEqual(new[] { 1, 0.95 }, sets.Least);
        CollectionAssert.AreEqual(new[] { 1, 3 }, sets.Members()[1]);
        Assert.IsEmpty(DuplicateSets.Of([Entry(1)], []).Least);

        static ImageEntry Entry(int digest) => new((UInt128)digest, default, default, 0, Transparency.None);
    }

    [TestMethod]
    public void Bad_images_are_those_that_differ_from_the_others()
    {
        var usual = Enumerable.Range(0, 50).Select(i => Image(sharpness: 1 + (0.01 * i), distance: 0.5 + (0.001 * i))).ToList();
        Assert.AreEqual("", Findings(Image()));
        Assert.AreEqual("Dark", Findings(Image(brightness: 0.05)));
        Assert.AreEqual("Blurred", Findings(Image(sharpness: 0.3)));
        Assert.AreEqual("Tiny", Findings(Image(side: 40)));
        Assert.AreEqual("OddAspect", Findings(Image(width: 800)));
        Assert.AreEqual("Outlier", Findings(Image(distance: 0.9)));
        // An image of one colour has no other finding about its pixels.
        Assert.AreEqual("OneColour", Findings(Image(contrast: 0.01, brightness: 0.02, sharpness: 0.01)));

        string Findings(AuditedImage image) => string.Join(' ', QualityLimits.Of([.. usual, image]).Findings(image).Select(finding =>
        {
            Assert.IsTrue(finding.Score is > 0 and <= 1, $"{finding}");
            return finding.Kind;
        }));
    }

    [TestMethod]
    public void Where_all_images_are_dark_small_or_long_none_is_bad()
    {
        var digits = Enumerable.Range(0, 20).Select(_ => Image(brightness: 0.08, side: 12, width: 60)).ToList();
        Assert.IsFalse(digits.SelectMany(QualityLimits.Of(digits).Findings).Any());
    }

    private static AuditedImage Image(double brightness = 0.5, double contrast = 0.2, double sharpness = 1.2, double distance = 0.52, int side = 200, int? width = null) => new()
    {
        Split = AuditSplit.Training,
        Row = 0,
        Label = "a",
        Brightness = brightness,
        Contrast = contrast,
        Sharpness = sharpness,
        OutlierDistance = distance,
        Height = side,
        Width = width ?? side,
    };
}
