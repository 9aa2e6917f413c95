namespace Rf3d.MLNet.Tests.Audit;

/// <summary>Which labels are in doubt, by probabilities alone.</summary>
[TestClass]
public class LabelDoubtsTests
{
    [TestMethod]
    public void A_label_is_in_doubt_where_another_class_reaches_its_threshold_and_is_the_most_probable_that_does()
    {
        // Mean probability of its own class: 0.6 of class 0 (0.9, 0.8, 0.1), 0.9 of class 1.
        var doubts = new LabelDoubts([0.9, 0.1, 0.8, 0.2, 0.1, 0.9, 0.1, 0.9, 0.1, 0.9], [0, 0, 0, 1, 1], 2);
        Assert.AreEqual(0.6, doubts.Thresholds[0]!.Value, 1e-9);
        Assert.AreEqual(0.9, doubts.Thresholds[1]!.Value, 1e-9);
        CollectionAssert.AreEqual(new[] { false, false, true, false, false }, doubts.Judged.Select(each => each!.Value.IsDoubted).ToArray());
        var wrong = doubts.Judged[2]!.Value;
        Assert.AreEqual((1, 0.9, 0.1, false), (wrong.Suggested, wrong.SuggestedProbability, wrong.Probability, wrong.IsPredicted));
        Assert.AreEqual(0.9, wrong.Doubt, 1e-9);
    }

    [TestMethod]
    public void A_class_that_is_always_probable_needs_more_to_be_suggested()
    {
        // The model gives every image class 1: a probability of 0.6 is not more than it gives its own images.
        var doubts = new LabelDoubts([0.4, 0.6, 0.45, 0.55, 0.1, 0.9, 0.2, 0.8], [0, 0, 1, 1], 2);
        Assert.AreEqual(0.85, doubts.Thresholds[1]!.Value, 1e-9);
        Assert.IsFalse(doubts.Judged.Any(each => each!.Value.IsDoubted));
        Assert.IsFalse(doubts.Judged[0]!.Value.IsPredicted);
    }

    [TestMethod]
    public void Images_that_were_never_held_out_are_not_judged_and_do_not_count()
    {
        double[] probabilities = [0.9, 0.1, 0, double.NaN, double.NaN, double.NaN, 0.2, 0.8, 0];
        var doubts = new LabelDoubts(probabilities, [0, 2, 1], 3);
        Assert.IsNull(doubts.Judged[1]);
        Assert.AreEqual(0.9, doubts.Thresholds[0]!.Value, 1e-9);
        Assert.IsNull(doubts.Thresholds[2]);
        Assert.AreEqual(1, doubts.Judged[0]!.Value.Suggested);
    }

    [TestMethod]
    public void The_most_doubtful_labels_are_in_doubt_where_thresholds_are_too_high_for_any()
    {
        // 96 images of which the model is certain, and four of which it is not; 8 of them may be looked through.
        var certain = Enumerable.Range(0, 96).SelectMany(image => image % 2 == 0 ? new[] { 1.0, 0 } : [0, 1.0]);
        var doubts = new LabelDoubts([.. certain, 0.4, 0.6, 0.3, 0.7, 0.45, 0.55, 0.6, 0.4], [.. Enumerable.Range(0, 96).Select(image => (long)(image % 2)), 0, 0, 0, 0], 2);
        Assert.IsGreaterThan(0.95, doubts.Thresholds[0]!.Value);
        CollectionAssert.AreEqual(new[] { 96, 97, 98 }, Enumerable.Range(0, 100).Where(image => doubts.Judged[image]!.Value.IsDoubted).ToArray());
    }

    [TestMethod]
    public void The_probability_of_the_label_ranks_from_sure_to_wrong()
    {
        // Between the last two the margin is the same: a similar class has not all of the probability.
        var doubts = new LabelDoubts([1, 0, 0, 0.5, 0.5, 0, 0.25, 0.75, 0, 0, 0.5, 0.5], [0, 0, 0, 0], 3);
        CollectionAssert.AreEqual(new[] { 0, 0.5, 0.75, 1.0 }, doubts.Judged.Select(each => Math.Round(each!.Value.Doubt, 9)).ToArray());
    }
}
