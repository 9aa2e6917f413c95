namespace Rf3d.MLNet.Tests.Adaptation;

[TestClass]
public class DuplicateFoldsTests
{
    [TestMethod]
    public void Duplicates_are_held_out_together()
    {
        var labels = Enumerable.Range(0, 60).Select(image => (long)(image % 3)).ToArray();
        var groups = Enumerable.Range(0, 60).Select(image => image < 12 ? image / 4 : -1).ToArray();
        var folds = DuplicateFolds.Of(labels, groups, 5, seed: 1);
        for (var group = 0; group < 3; group++)
            Assert.AreEqual(1, Enumerable.Range(4 * group, 4).Select(image => folds.FoldOf[image]).Distinct().Count());
        Assert.AreEqual(5, folds.Count);
        CollectionAssert.AreEqual(StratifiedFolds.Of(labels, 5, 1).FoldOf, DuplicateFolds.Of(labels, [.. Enumerable.Repeat(-1, 60)], 5, seed: 1).FoldOf);
    }

    [TestMethod]
    public void A_class_of_copies_of_one_image_is_still_learned()
    {
        long[] labels = [0, 0, 0, 1, 1, 1, 1, 1];
        var folds = DuplicateFolds.Of(labels, [0, 0, 0, -1, -1, -1, -1, -1], 3, seed: 1);
        Assert.IsGreaterThan(1, folds.FoldOf[..3].Distinct().Count());
        Assert.AreEqual(3, folds.Count);
    }
}
