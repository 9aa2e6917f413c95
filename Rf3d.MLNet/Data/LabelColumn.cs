using System.Collections.Immutable;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Rf3d.MLNet;

/// <summary>The label column of a data set: the column, and the names of its classes.</summary>
internal sealed record LabelColumn(DataViewSchema.Column Column, ImmutableArray<string> Classes)
{
    /// <param name="schema">The columns.</param>
    /// <param name="name">The name of the label.</param>
    /// <param name="parameter">The parameter that an error is about.</param>
    /// <param name="fewest">Classes that there must be: two to train, one to evaluate.</param>
    /// <exception cref="ArgumentException">No such column, no key, or too few or too many classes.</exception>
    public static LabelColumn Find(DataViewSchema schema, string name, string parameter, ulong fewest = 2)
    {
        var column = Columns.Find(schema, name, "LabelColumnName", parameter);
        if (column.Type is not KeyDataViewType key || key.RawType != typeof(uint))
        {
            throw new ArgumentException(
                $"The label column '{name}' is {column.Type}; it must be a key of UInt32. Put mlContext.Transforms.Conversion.MapValueToKey(\"{name}\") before the trainer.", parameter);
        }
        if (key.Count < fewest)
            throw new ArgumentException($"The label column '{name}' has {key.Count} {(key.Count == 1 ? "class" : "classes")}; it must have at least {fewest}.", parameter);
        if (key.Count > int.MaxValue)
        {
            throw new ArgumentException(
                $"The label column '{name}' has {key.Count} classes by its type; at most {int.MaxValue} can be counted. Make the key with MapValueToKey, which counts the values that the data has.", parameter);
        }
        return new(column, Names(column, (int)key.Count));
    }

    /// <exception cref="ArgumentException">The other column counts other classes, or the same ones in another order.</exception>
    public void RequireSameClasses(LabelColumn other, string parameter)
    {
        if (Classes.SequenceEqual(other.Classes, StringComparer.Ordinal))
            return;
        throw new ArgumentException(
            $"The label column '{Column.Name}' has the classes {Some(Classes)} in the training data and {Some(other.Classes)} in the validation data. "
            + "Make both keys with one fitted MapValueToKey, or load both with the same class list.", parameter);
    }

    /// <summary>The names of the classes of a key column.</summary>
    internal static ImmutableArray<string> Names(DataViewSchema.Column column, int count)
    {
        // A key without values is a number; users count classes from 0 then, as ML.NET's confusion table does.
        if (column.Annotations.Schema.GetColumnOrNull("KeyValues") is not { Type: VectorDataViewType { ItemType: var item } })
            return [.. Enumerable.Range(0, count).Select(index => index.ToString(CultureInfo.InvariantCulture))];
        var read = typeof(LabelColumn).GetMethod(nameof(ReadNames), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!;
        return (ImmutableArray<string>)read.MakeGenericMethod(item.RawType).Invoke(null, [column])!;
    }

    private static ImmutableArray<string> ReadNames<T>(DataViewSchema.Column column)
    {
        var values = default(VBuffer<T>);
        column.GetKeyValues(ref values);
        return [.. values.DenseValues().Select(value => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")];
    }

    private static string Some(ImmutableArray<string> names) =>
        names.Length <= 8 ? $"[{string.Join(", ", names)}]" : $"[{string.Join(", ", names.Take(8))}, …] ({names.Length})";
}

/// <summary>Finds columns, or says which there are.</summary>
internal static class Columns
{
    private const string ImageOption = "FeatureColumnName";

    /// <exception cref="ArgumentException">No such column.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name, string option, string parameter) =>
        schema.GetColumnOrNull(name)
        ?? throw new ArgumentException($"There is no column '{name}' ({option}). The data has: {string.Join(", ", schema.Select(column => column.Name))}.{AdviceOnMissing(option)}", parameter);

    /// <exception cref="ArgumentException">No such column, or it holds no images.</exception>
    public static DataViewSchema.Column FindImage(DataViewSchema schema, string name, string parameter)
    {
        var column = Find(schema, name, ImageOption, parameter);
        if (column.Type is ImageDataViewType)
            return column;
        var advice = column.Type is TextDataViewType
            ? $"If it holds file names, put mlContext.Transforms.LoadImages(\"Image\", folder, \"{name}\") before the trainer."
            : column.Type is VectorDataViewType { ItemType.RawType: var item } && item == typeof(byte)
            ? $"If it holds the content of image files, put mlContext.Transforms.DecodeImage(\"Image\", \"{name}\") of Rf3d.Datasets before the trainer, which then takes the column \"Image\"."
            : "Load images with mlContext.Data.LoadImageFolder (Rf3d.Datasets), or with a property of type MLImage that has an [ImageType] attribute.";
        throw new ArgumentException($"The column '{name}' is {column.Type}; it must hold images (MLImage). {advice}", parameter);
    }

    private static string AdviceOnMissing(string option) => option != ImageOption
        ? ""
        : " ML.NET's Cache, AppendCacheCheckpoint and ShuffleRows leave image columns out: do without them, or use them before the images are loaded. The trainer keeps decoded images itself (ImageStorage).";
}
