using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Rf3d.MLNet;

/// <summary>
/// Gives the labels of data the keys that a model has for its classes. ML.NET's <c>Evaluate</c> compares keys by number: data that lacks a class, or has the classes in another
/// order, would have other keys for the same labels. Classes that the model does not have get keys behind those that it has, so that ML.NET counts them as errors.
/// </summary>
/// <param name="columnName">The column of the labels. Data without it, or with labels of another type, stay as they are.</param>
/// <param name="classes">The classes of the model, in the order of its keys.</param>
internal sealed class LabelAlignment(string columnName, ImmutableArray<string> classes)
{
    private const string KeyValues = "KeyValues";

    /// <exception cref="ArgumentException">The classes are others than the model's, and no texts.</exception>
    public IDataView Align(IDataView data) => Keys(data.Schema) is { } keys ? new View(data, keys) : data;

    /// <summary>The schema of aligned data.</summary>
    /// <inheritdoc cref="Align(IDataView)" path="/exception"/>
    public DataViewSchema Align(DataViewSchema schema) => Keys(schema)?.Schema ?? schema;

    /// <returns>Null where nothing is to be done.</returns>
    private AlignedKeys? Keys(DataViewSchema schema)
    {
        if (schema.GetColumnOrNull(columnName) is not { Type: KeyDataViewType { Count: > 0 and <= int.MaxValue } key } column || key.RawType != typeof(uint)
            || column.Annotations.Schema.GetColumnOrNull(KeyValues) is not { Type: VectorDataViewType { ItemType: var item } })
            return null;
        var names = LabelColumn.Names(column, (int)key.Count);
        if (names.SequenceEqual(classes, StringComparer.Ordinal))
            return null;
        if (item is not TextDataViewType)
        {
            throw new ArgumentException(
                $"The label column '{columnName}' has other classes than the model, or the same in another order: [{string.Join(", ", names.Take(8))}]. Make its key with the fitted MapValueToKey of the training data.");
        }
        ImmutableArray<string> all = [.. classes, .. names.Except(classes, StringComparer.Ordinal)];
        var places = all.Select((name, index) => (name, index)).DistinctBy(pair => pair.name, StringComparer.Ordinal).ToDictionary(pair => pair.name, pair => (uint)pair.index + 1, StringComparer.Ordinal);
        return new(SchemaOf(schema, column, all), column.Index, [0, .. names.Select(name => places[name])]);
    }

    private static DataViewSchema SchemaOf(DataViewSchema schema, DataViewSchema.Column label, ImmutableArray<string> names)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(label.Annotations, name => name != KeyValues);
        annotations.Add(KeyValues, new VectorDataViewType(TextDataViewType.Instance, names.Length), (ref VBuffer<ReadOnlyMemory<char>> value) =>
        {
            var editor = VBufferEditor.Create(ref value, names.Length);
            for (var i = 0; i < names.Length; i++)
                editor.Values[i] = names[i].AsMemory();
            value = editor.Commit();
        });
        var builder = new DataViewSchema.Builder();
        // Columns that are hidden by another of the same name keep their places.
        foreach (var column in schema)
        {
            if (column.Index == label.Index)
                builder.AddColumn(column.Name, new KeyDataViewType(typeof(uint), names.Length), annotations.ToAnnotations());
            else
                builder.AddColumn(column.Name, column.Type, column.Annotations);
        }
        return builder.ToSchema();
    }

    /// <param name="Schema">The data's schema with the model's keys.</param>
    /// <param name="Column">The index of the label.</param>
    /// <param name="ByKey">The new key of each key; that of a missing label is 0.</param>
    private sealed record AlignedKeys(DataViewSchema Schema, int Column, ImmutableArray<uint> ByKey);

    private sealed class View(IDataView data, AlignedKeys keys) : IDataView
    {
        public bool CanShuffle => data.CanShuffle;

        public DataViewSchema Schema => keys.Schema;

        public long? GetRowCount() => data.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
            new Cursor(data.GetRowCursor(Own(columnsNeeded), rand), keys);

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
            [.. data.GetRowCursorSet(Own(columnsNeeded), n, rand).Select(cursor => new Cursor(cursor, keys))];

        private IEnumerable<DataViewSchema.Column> Own(IEnumerable<DataViewSchema.Column> columns) => columns.Select(column => data.Schema[column.Index]);
    }

    private sealed class Cursor(DataViewRowCursor cursor, AlignedKeys keys) : DataViewRowCursor
    {
        public override long Position => cursor.Position;

        public override long Batch => cursor.Batch;

        public override DataViewSchema Schema => keys.Schema;

        public override bool MoveNext() => cursor.MoveNext();

        public override ValueGetter<DataViewRowId> GetIdGetter() => cursor.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => cursor.IsColumnActive(cursor.Schema[column.Index]);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            var getter = cursor.GetGetter<TValue>(cursor.Schema[column.Index]);
            if (column.Index != keys.Column || getter is not ValueGetter<uint> getKey)
                return getter;
            ValueGetter<uint> aligned = (ref uint key) =>
            {
                getKey(ref key);
                key = keys.ByKey[(int)key];
            };
            return (ValueGetter<TValue>)(Delegate)aligned;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                cursor.Dispose();
            base.Dispose(disposing);
        }
    }
}
