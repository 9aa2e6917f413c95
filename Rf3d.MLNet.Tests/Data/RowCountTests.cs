using Microsoft.ML;

namespace Rf3d.MLNet.Tests.Data;

/// <summary>The number of rows of data views that know it and of those that do not.</summary>
[TestClass]
public class RowCountTests
{
    private readonly MLContext _mlContext = new(1);

    [TestMethod]
    [DataRow(0, 10)]
    [DataRow(9, 10)]
    [DataRow(10, 10)]
    public void A_part_of_a_data_view_is_counted(int rows, int most) => Assert.AreEqual(rows, RowCount.UpTo(Part(rows), most));

    [TestMethod]
    public void Above_the_limit_it_is_not_read_on()
    {
        var read = 0;
        Assert.IsNull(RowCount.UpTo(Part(1_000, () => read++), 10));
        Assert.AreEqual(11, read);
    }

    [TestMethod]
    public void A_number_that_is_known_is_not_counted()
    {
        var read = 0;
        var data = _mlContext.Transforms.CustomMapping<Row, Row>((_, _) => read++, null).Fit(Rows(50)).Transform(Rows(50));
        Assert.AreEqual(50, RowCount.UpTo(data, 10));
        Assert.AreEqual(0, read);
    }

    private IDataView Part(int rows, Action? onRow = null) => _mlContext.Data.FilterByCustomPredicate(Rows(rows), (Row _) =>
    {
        onRow?.Invoke();
        return false;
    });

    private IDataView Rows(int count) => _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(number => new Row { Number = number }).ToList());

    private sealed class Row
    {
        public float Number { get; set; }
    }
}
