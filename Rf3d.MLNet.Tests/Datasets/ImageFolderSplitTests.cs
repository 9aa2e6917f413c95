using Microsoft.ML;
using Rf3d.Datasets;
using static Rf3d.MLNet.Tests.Datasets.ImageFolderFixture;

namespace Rf3d.MLNet.Tests.Datasets;

[TestClass]
public sealed class ImageFolderSplitTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void Split_divides_each_class_by_the_fraction_and_by_the_seed()
    {
        using var folder = new TempFolder();
        var view = Load(folder, ("a", 20), ("b", 10), ("c", 2), ("d", 1));

        var split = view.Split(0.2, seed: 5);

        var validation = Rows.Paths(split.Validation);
        CollectionAssert.AreEquivalent(Rows.Paths(view), Rows.Paths(split.Train).Concat(validation).ToList());
        CollectionAssert.AreEqual(new uint[] { 1, 1, 1, 1, 2, 2, 3 }, Rows.Labels(split.Validation));
        CollectionAssert.AreEqual(Rows.KeyNames(view), Rows.KeyNames(split.Validation));
        CollectionAssert.AreEqual(validation, Rows.Paths(view.Split(0.2, seed: 5).Validation));
        CollectionAssert.AreNotEqual(validation, Rows.Paths(view.Split(0.2, seed: 6).Validation));
        Assert.AreEqual(26, split.Train.FileCount);
        Assert.AreEqual(26, split.Train.GetRowCount());
    }

    [TestMethod]
    public void Folders_named_after_parts_of_a_set_are_not_taken_for_classes()
    {
        using var folder = new TempFolder();
        var error = Assert.ThrowsExactly<InvalidDataException>(() => Load(folder, ("Train", 2), ("val", 2)));
        Assert.Contains("LoadImageFolderSplits", error.Message);
        Assert.Contains("Train, val", error.Message);
    }

    [TestMethod]
    public void Split_can_be_shuffled_which_TrainTestSplit_cannot()
    {
        using var folder = new TempFolder();
        var view = Load(folder, ("a", 10), ("b", 10));

        Assert.IsTrue(view.Split().Train.CanShuffle);
        Assert.IsFalse(_ml.Data.TrainTestSplit(view).TrainSet.CanShuffle);
    }

    [TestMethod]
    public void Split_skips_bad_images_as_the_view_does_and_reports_them_apart()
    {
        using var folder = new TempFolder();
        Load(folder, ("a", 4), ("b", 4));
        foreach (var path in Directory.GetFiles(folder["b"]))
            File.WriteAllText(path, "bad");
        var view = _ml.Data.LoadImageFolder(folder.Path, new ImageFolderOptions { OnBadImage = BadImageAction.Skip, MaxBadImageFraction = 1 });

        var split = view.Split(0.5);

        Assert.HasCount(2, Rows.Labels(split.Train));
        Assert.HasCount(2, split.Train.SkippedImages);
        Assert.IsEmpty(split.Validation.SkippedImages);
        Assert.IsEmpty(view.SkippedImages);
    }

    [TestMethod]
    public void Fractions_out_of_range_and_classes_of_one_image_are_errors()
    {
        using var folder = new TempFolder();
        var view = Load(folder, ("a", 1), ("b", 1));

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => view.Split(0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => view.Split(1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => view.Split(double.NaN));
        Assert.ThrowsExactly<InvalidOperationException>(() => view.Split(0.5));
    }

    private ImageFolderDataView Load(TempFolder folder, params (string Class, int Count)[] classes)
    {
        foreach (var (name, count) in classes)
        {
            for (var i = 0; i < count; i++)
                Image(folder[name, $"{i:00}.png"], width: 4, height: 4);
        }
        return _ml.Data.LoadImageFolder(folder.Path);
    }
}
