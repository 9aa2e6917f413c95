using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Datasets;
using static Rf3d.MLNet.Tests.Datasets.ImageFolderFixture;

namespace Rf3d.MLNet.Tests.Datasets;

/// <summary>Skipping is for a few bad files: with too many, reading fails.</summary>
[TestClass]
public sealed class BadImageLimitTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void As_many_bad_files_as_allowed_are_skipped_and_one_more_fails()
    {
        using var folder = new TempFolder();
        Fill(folder, good: 18, bad: 2);
        var view = Load(folder, 0.1);
        Assert.HasCount(18, Rows.Pixels(view));
        Assert.HasCount(2, view.SkippedImages);

        File.WriteAllText(folder["a", "bad2.png"], "bad");
        view = Load(folder, 0.1);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => Rows.Pixels(view));

        // 18 good and 3 bad: a tenth of 21 files is 2. In the order of the rows, the good ones of class a come after the bad.
        StringAssert.Contains(error.Message, "3 of the 3 files looked at so far, of 21 in '" + folder.Path);
        StringAssert.Contains(error.Message, "MaxBadImageFraction is 0.1, which allows 2");
        foreach (var name in new[] { "bad0.png", "bad1.png", "bad2.png" })
            StringAssert.Contains(error.Message, folder["a", name]);
        StringAssert.Contains(error.Message, "not an image");
        Assert.HasCount(3, view.SkippedImages);
        var facts = (BadImageLimitException)error.InnerException!;
        Assert.AreEqual((folder.Path, 21, 3, 0.1, 2), (facts.Folder, facts.FileCount, facts.ReadCount, facts.Fraction, facts.AllowedCount));
        CollectionAssert.AreEqual(view.SkippedImages.Select(image => image.Path).ToList(), facts.BadImages.Select(image => image.Path).ToList());
        Assert.DoesNotContain("MaxBadImageFraction", facts.Message);
    }

    [TestMethod]
    public void The_limit_is_a_tenth_by_default()
    {
        using var folder = new TempFolder();
        Fill(folder, good: 18, bad: 2);
        var view = _ml.Data.LoadImageFolder(folder.Path, new() { OnBadImage = BadImageAction.Skip });
        Assert.HasCount(18, Rows.Labels(view));
        File.Delete(folder["a", "good0.png"]);
        view = _ml.Data.LoadImageFolder(folder.Path, new() { OnBadImage = BadImageAction.Skip });
        Assert.ThrowsExactly<InvalidDataException>(() => Rows.Labels(view));
    }

    [TestMethod]
    public void Every_later_pass_fails_too_whatever_it_reads()
    {
        using var folder = new TempFolder();
        Fill(folder, good: 6, bad: 2);
        var view = Load(folder, 0.2);
        Assert.ThrowsExactly<InvalidDataException>(() => Rows.Labels(view));
        Assert.ThrowsExactly<InvalidDataException>(() => Rows.Pixels(view));
        Assert.ThrowsExactly<InvalidDataException>(() => Rows.Ids(view, new Random(1)));
        Assert.ThrowsExactly<InvalidDataException>(() => Rows.Pixels(view, 1));
    }

    [TestMethod]
    public void Parallel_cursors_fail_together()
    {
        using var folder = new TempFolder();
        Fill(folder, good: 100, bad: 60);
        var view = Load(folder, 0.3);
        var cursors = view.GetRowCursorSet([view.Schema["Label"]], 4);
        Assert.HasCount(4, cursors);
        var failed = 0;
        Parallel.ForEach(cursors, cursor =>
        {
            using (cursor)
            {
                try
                {
                    Rows.Labels(cursor);
                }
                catch (InvalidDataException)
                {
                    Interlocked.Increment(ref failed);
                }
            }
        });
        Assert.IsGreaterThan(0, failed);
        Assert.IsGreaterThan(48, view.SkippedImages.Count);
    }

    [TestMethod]
    public void The_message_names_the_first_files_and_counts_the_others()
    {
        using var folder = new TempFolder();
        Fill(folder, good: 12, bad: 8);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => Rows.Labels(Load(folder, 0.3)));
        StringAssert.Contains(error.Message, "7 of the 7 files");
        StringAssert.Contains(error.Message, "bad4.png");
        Assert.DoesNotContain("bad5.png", error.Message);
        StringAssert.Contains(error.Message, "and 2 more");
    }

    [TestMethod]
    public void Zero_allows_none_and_1_all()
    {
        using var folder = new TempFolder();
        Fill(folder, good: 0, bad: 3);
        var all = Load(folder, 1);
        Assert.IsEmpty(Rows.Labels(all));
        Assert.HasCount(3, all.SkippedImages);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Rows.Labels(Load(folder, 0))).Message, "1 of the 1 files");
    }

    [TestMethod]
    public void The_share_is_the_one_written_down_not_its_binary_neighbour()
    {
        // 0.29 · 100 is 28.999999999999996 in double.
        Assert.IsFalse(new BadImageLimit(0.29, 100).IsExceededBy(29));
        Assert.IsTrue(new BadImageLimit(0.29, 100).IsExceededBy(30));
        Assert.IsFalse(new BadImageLimit(1, int.MaxValue).IsExceededBy(int.MaxValue));
        Assert.IsTrue(new BadImageLimit(double.Epsilon, int.MaxValue).IsExceededBy(1));
    }

    [TestMethod]
    public void Both_folders_and_both_parts_of_a_split_have_the_limit_each_by_itself()
    {
        using var folder = new TempFolder();
        Fill(folder, good: 4, bad: 0, "train");
        Fill(folder, good: 2, bad: 2, "val");
        var folders = _ml.Data.LoadImageFolderSplits(folder.Path, new() { OnBadImage = BadImageAction.Skip, MaxBadImageFraction = 0.4 });
        Assert.HasCount(4, Rows.Labels(folders.Train));
        Assert.ThrowsExactly<InvalidDataException>(() => Rows.Labels(folders.Validation));

        // Class a has 2 bad and no good files, class b 2 good ones: each part has one of each.
        var split = Load(folder, 0.4, "val").Split(0.5);
        Assert.ThrowsExactly<InvalidDataException>(() => Rows.Labels(split.Train));
        Assert.IsEmpty(split.Validation.SkippedImages);
        Assert.ThrowsExactly<InvalidDataException>(() => Rows.Labels(split.Validation));
    }

    [TestMethod]
    [DataRow(-0.1)]
    [DataRow(1.1)]
    [DataRow(double.NaN)]
    public void A_share_out_of_range_is_an_error(double share)
    {
        using var folder = new TempFolder();
        Fill(folder, good: 2, bad: 0);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Load(folder, share)).Message, "MaxBadImageFraction");
    }

    private ImageFolderDataView Load(TempFolder folder, double share, string part = "") =>
        _ml.Data.LoadImageFolder(folder[part], new() { OnBadImage = BadImageAction.Skip, MaxBadImageFraction = share });

    /// <summary>The bad files are in class a, and so is every other good one if there are two; the rest in class b.</summary>
    private static void Fill(TempFolder folder, int good, int bad, string part = "")
    {
        for (var i = 0; i < bad; i++)
            File.WriteAllText(folder.New(part, "a", $"bad{i}.png"), "bad");
        for (var i = 0; i < good; i++)
            Image(folder[part, i % 2 == 0 && good > 2 ? "a" : "b", $"good{i}.png"], (byte)i, 4, 4);
    }
}
