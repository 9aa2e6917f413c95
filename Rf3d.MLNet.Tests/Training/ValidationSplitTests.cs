namespace Rf3d.MLNet.Tests.Training;

[TestClass]
public class ValidationSplitTests
{
    private static readonly string[] Labels = [.. Enumerable.Range(0, 60).Select(row => row % 3 == 0 ? "few" : "many"), "single"];

    [TestMethod]
    public void Each_class_has_its_share_and_a_single_image_is_trained_on()
    {
        var (training, validation) = ValidationSplit.Of(Labels, 0.2, seed: 1);
        Assert.HasCount(4, validation.Where(row => Labels[row] == "few").ToList());
        Assert.HasCount(8, validation.Where(row => Labels[row] == "many").ToList());
        Assert.Contains(60L, training);
        CollectionAssert.AreEqual(Enumerable.Range(0, 61).Select(row => (long)row).ToArray(), training.Concat(validation).Order().ToArray());
    }

    [TestMethod]
    public void The_seed_chooses_the_images()
    {
        CollectionAssert.AreEqual(ValidationSplit.Of(Labels, 0.2, 1).Validation, ValidationSplit.Of(Labels, 0.2, 1).Validation);
        CollectionAssert.AreNotEqual(ValidationSplit.Of(Labels, 0.2, 1).Validation, ValidationSplit.Of(Labels, 0.2, 2).Validation);
    }

    [TestMethod]
    public void A_share_of_nothing_holds_nothing_out() => Assert.IsEmpty(ValidationSplit.Of(Labels, 0, 1).Validation);
}
