using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Datasets;

namespace Rf3d.MLNet.Tests.Datasets;

/// <summary>ML.NET's contract for data views, which all data sets keep through the same view and cursor.</summary>
[TestClass]
public sealed class ViewTests
{
    private const int Count = 500;

    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void A_shuffled_pass_has_each_row_once_with_its_own_id_and_is_repeatable()
    {
        var view = _ml.Data.LoadDrawnShapes(Count);
        var labels = Rows.Labels(view);

        var ids = Rows.Ids(view, new Random(3));

        CollectionAssert.AreEqual(Enumerable.Range(0, Count).Select(i => (ulong)i).ToArray(), Rows.Ids(view));
        CollectionAssert.AreEquivalent(Rows.Ids(view), ids);
        CollectionAssert.AreNotEqual(Rows.Ids(view), ids);
        CollectionAssert.AreEqual(ids, Rows.Ids(view, new Random(3)));
        CollectionAssert.AreNotEqual(ids, Rows.Ids(view, new Random(4)));
        CollectionAssert.AreEqual(ids.Select(id => labels[(int)id]).ToArray(), Rows.Labels(view, new Random(3)));
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Parallel_cursors_share_the_rows_and_batches_restore_the_order(bool shuffled)
    {
        var view = _ml.Data.LoadDrawnShapes(Count);
        var cursors = view.GetRowCursorSet([], 3, shuffled ? new Random(5) : null);
        Assert.HasCount(3, cursors);

        var rows = new List<(long Batch, ulong Id)>();
        var cursorsOfBatch = new Dictionary<long, int>();
        for (var i = 0; i < cursors.Length; i++)
        {
            using var cursor = cursors[i];
            var getId = cursor.GetIdGetter();
            DataViewRowId id = default;
            long last = -1, position = 0;
            while (cursor.MoveNext())
            {
                Assert.AreEqual(position++, cursor.Position);
                Assert.IsGreaterThanOrEqualTo(last, cursor.Batch);
                last = cursor.Batch;
                Assert.AreEqual(i, cursorsOfBatch.GetValueOrDefault(last, i), "A batch is in two cursors.");
                cursorsOfBatch[last] = i;
                getId(ref id);
                rows.Add((last, id.Low));
            }
            Assert.AreEqual(-1, cursor.Position);
            Assert.IsFalse(cursor.MoveNext());
        }

        var restored = rows.OrderBy(row => row.Batch).Select(row => row.Id).ToArray();
        CollectionAssert.AreEqual(Rows.Ids(view, shuffled ? new Random(5) : null), restored);
    }

    [TestMethod]
    [DataRow(1, 8, 1)]
    [DataRow(33, 8, 2)]
    [DataRow(1000, 4, 4)]
    public void There_are_no_more_cursors_than_work_for_them(int count, int asked, int expected)
    {
        var view = _ml.Data.LoadDrawnShapes(count);
        var cursors = view.GetRowCursorSet([], asked);
        Assert.HasCount(expected, cursors);
        Assert.AreEqual(count, cursors.Sum(cursor => Rows.Ids(cursor).Count));
        foreach (var cursor in cursors)
            cursor.Dispose();
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(10)]
    [DataRow(256)]
    [DataRow(257)]
    [DataRow(50000)]
    public void A_permutation_has_each_row_once(int count)
    {
        var permutation = new RowPermutation(count, 42);
        var seen = new bool[count];
        for (var i = 0; i < count; i++)
        {
            Assert.IsFalse(seen[permutation[i]]);
            seen[permutation[i]] = true;
        }
    }

    [TestMethod]
    public void Permutations_of_few_rows_are_about_equally_frequent()
    {
        var counts = new Dictionary<(long, long, long), int>();
        for (ulong seed = 0; seed < 6000; seed++)
        {
            var permutation = new RowPermutation(3, seed);
            var order = (permutation[0], permutation[1], permutation[2]);
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }
        Assert.HasCount(6, counts);
        // 1000 each is expected; the standard deviation is 29.
        Assert.IsTrue(counts.Values.All(count => count is > 850 and < 1150), string.Join(", ", counts.Values));
    }

    [TestMethod]
    public void Values_are_refused_off_the_rows_of_inactive_columns_and_of_the_wrong_type()
    {
        var view = _ml.Data.LoadDrawnShapes(1);
        using var cursor = view.GetRowCursor([view.Schema["Label"]]);
        var getter = cursor.GetGetter<uint>(view.Schema["Label"]);
        var getId = cursor.GetIdGetter();
        uint label = 0;
        DataViewRowId id = default;

        Assert.IsTrue(cursor.IsColumnActive(view.Schema["Label"]));
        Assert.IsFalse(cursor.IsColumnActive(view.Schema["Image"]));
        Assert.ThrowsExactly<InvalidOperationException>(() => getter(ref label));
        Assert.ThrowsExactly<InvalidOperationException>(() => getId(ref id));
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<float>(view.Schema["Label"]));
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<MLImage>(view.Schema["Image"]));
        Assert.IsTrue(cursor.MoveNext());
        getter(ref label);
        Assert.IsFalse(cursor.MoveNext());
        Assert.ThrowsExactly<InvalidOperationException>(() => getter(ref label));
    }

    [TestMethod]
    public void A_getter_disposes_the_image_it_is_handed_back_and_no_other()
    {
        var view = _ml.Data.LoadDrawnShapes(2);
        MLImage first = null!, second = null!;
        using (var cursor = view.GetRowCursor(view.Schema))
        {
            var getter = cursor.GetGetter<MLImage>(view.Schema["Image"]);
            cursor.MoveNext();
            getter(ref first);
            getter(ref second);
            Assert.AreNotSame(first, second);
            var handedBack = second;
            cursor.MoveNext();
            getter(ref second);
            Assert.ThrowsExactly<InvalidOperationException>(() => handedBack.Width);
        }
        Assert.AreEqual(32, first.Width);
        Assert.AreEqual(32, second.Width);
        first.Dispose();
        second.Dispose();
    }
}
