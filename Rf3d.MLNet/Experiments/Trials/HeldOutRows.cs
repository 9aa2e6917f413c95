using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Rf3d.MLNet;

/// <summary>Rows of a data view by their labels: a share of each class held out, and their description in a log.</summary>
internal static class HeldOutRows
{
    /// <summary>Holds out a share of each class, and no row without a label: it measures nothing. Both views have the rows in their own order.</summary>
    /// <exception cref="ArgumentException">There is no row to hold out.</exception>
    public static (IDataView Training, IDataView Validation) Split(IDataView data, string labelColumnName, double share, int seed)
    {
        var labels = Labels(data, labelColumnName);
        int[] labelled = [.. Enumerable.Range(0, labels.Length).Where(row => labels[row] != 0)];
        var (_, rows) = ValidationSplit.Of(Array.ConvertAll(labelled, row => labels[row]), share, seed);
        if (rows.Length == 0)
            throw new ArgumentException("No class has two images, one of which could be held out for validation. Give Execute validation data.", nameof(data));
        var held = rows.Select(row => (long)labelled[row]).ToHashSet();
        return (Filter(data, held.Contains), Filter(data, row => !held.Contains(row)));
    }

    /// <summary>Number and hash of the labels in their order. Images are compared by the checkpoints of each training.</summary>
    public static string Describe(IDataView data, string labelColumnName)
    {
        var labels = Labels(data, labelColumnName);
        return FormattableString.Invariant($"{labels.Length} rows, labels {Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(labels.AsSpan())))[..16]}");
    }

    private static uint[] Labels(IDataView data, string labelColumnName)
    {
        var column = LabelColumn.Find(data.Schema, labelColumnName, nameof(data)).Column;
        using var cursor = data.GetRowCursor([column]);
        var getter = cursor.GetGetter<uint>(column);
        List<uint> labels = [];
        uint label = 0;
        while (cursor.MoveNext())
        {
            getter(ref label);
            labels.Add(label);
        }
        return [.. labels];
    }

    // ML.NET's filter drops the rows for which the predicate is true.
    private static IDataView Filter(IDataView data, Func<long, bool> drop) => new MLContext().Data.FilterByStatefulCustomPredicate<NoColumn, RowCounter>(
        data, (_, counter) => drop(counter.Next++), counter => counter.Next = 0);

    private sealed class NoColumn;

    private sealed class RowCounter
    {
        public long Next { get; set; }
    }
}
