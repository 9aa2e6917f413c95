using Microsoft.ML;
using Microsoft.ML.Data;

namespace Rf3d.MLNet.Tests.Experiments;

/// <summary>Finalists beside the best one: which images each has right, in the log and in the table.</summary>
[TestClass]
public class RightAnswersTests
{
    private static RightAnswers Answers(params uint[] predicted)
    {
        var mlContext = new MLContext(1);
        return RightAnswers.Of(mlContext.Data.LoadFromEnumerable(predicted.Select(label => new Row { Label = 1, Predicted = label })), nameof(Row.Label), nameof(Row.Predicted));
    }

    private static Rf3dCandidate Candidate(string name, Rf3dCandidateComparison? comparison) => new()
    {
        Name = name,
        Estimator = new MLContext(1).MulticlassClassification.Trainers.Rf3dImageClassifier(),
        Verdict = comparison is null ? Rf3dCandidateVerdict.Best : Rf3dCandidateVerdict.Finished,
        Reason = "",
        ComparedWithBest = comparison,
    };

    [TestMethod]
    public void Two_models_are_counted_image_by_image()
    {
        var (best, other) = (Answers(1, 1, 1, 1, 1, 2, 2, 2, 1, 1), Answers(1, 1, 2, 2, 2, 1, 3, 3, 1, 1));
        Assert.AreEqual(new PairedCounts(4, 3, 1, 2), best.BesideThat(other));
        Assert.AreEqual(new PairedCounts(4, 1, 3, 2), other.BesideThat(best));
        Assert.IsNull(best.BesideThat(Answers(1, 1)));
    }

    [TestMethod]
    public void Images_without_a_label_are_neither_counted_nor_held_out()
    {
        // ML.NET counts the keys of objects from 0; those beyond the last are missing labels.
        uint[] labels = [0, 2, 1, 2, 0, 1, 2, 2, 0, 1];
        var data = new MLContext(1).Data.LoadFromEnumerable(labels.Select(label => new KeyedRow { Label = label, Predicted = 1 }).ToList());
        var answers = RightAnswers.Of(data, nameof(KeyedRow.Label), nameof(KeyedRow.Predicted));
        Assert.AreEqual(new PairedCounts(3, 0, 0, 3), answers.BesideThat(answers));

        var (training, validation) = HeldOutRows.Split(data, nameof(KeyedRow.Label), 0.5, seed: 1);
        CollectionAssert.AreEquivalent(new uint[] { 1, 1, 2, 2 }, validation.GetColumn<uint>(nameof(KeyedRow.Label)).ToArray());
        CollectionAssert.AreEquivalent(new uint[] { 0, 0, 0, 0, 1, 2 }, training.GetColumn<uint>(nameof(KeyedRow.Label)).ToArray());
    }

    [TestMethod]
    public void A_log_keeps_a_bit_for_each_image()
    {
        var answers = Answers(1, 2, 1, 1, 1, 1, 1, 1, 2, 1);
        var entry = answers.ToEntry();
        Assert.AreEqual(10, entry.Images);
        CollectionAssert.AreEqual(new byte[] { 0b1111_1101, 0b10 }, Convert.FromBase64String(entry.Bits));
        Assert.AreEqual(new PairedCounts(8, 0, 0, 2), answers.BesideThat(RightAnswers.From(entry)!));
        Assert.IsNull(RightAnswers.From(null));
        foreach (var damaged in new[] { entry with { Images = 99 }, entry with { Images = -1 }, entry with { Bits = "no base 64" }, entry with { Bits = "" } })
            Assert.IsNull(RightAnswers.From(damaged));
    }

    [TestMethod]
    public void The_table_says_where_the_images_do_not_tell_the_finalists_apart()
    {
        var (near, far) = (Rf3dCandidateComparison.Of(new(80, 6, 4, 10)), Rf3dCandidateComparison.Of(new(60, 30, 2, 8)));
        Assert.IsFalse(near.IsDistinguishable);
        Assert.IsTrue(far.IsDistinguishable);
        Assert.AreEqual(-0.28, far.AccuracyDifference, 1e-12);
        var lines = FinalistTable.Of([Candidate("the best", null), Candidate("near", near), Candidate("far", far)]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.HasCount(3, lines);
        Assert.StartsWith("near", lines[1]);
        Assert.Contains("6 of 100", lines[1]);
        Assert.EndsWith("not distinguishable", lines[1]);
        Assert.Contains("30 of 100", lines[2]);
        Assert.Contains("-0.2800", lines[2]);
        Assert.DoesNotContain("distinguishable", lines[2]);
        Assert.AreEqual("", FinalistTable.Of([Candidate("the best", null)]));
    }

    private sealed class Row
    {
        public uint Label { get; set; }

        public uint Predicted { get; set; }
    }

    private sealed class KeyedRow
    {
        [KeyType(2)]
        public uint Label { get; set; }

        public uint Predicted { get; set; }
    }
}
