using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Rf3d.MLNet;

/// <summary>The columns that the trainer promises before it has seen data.</summary>
internal static class OutputSchema
{
    public static SchemaShape Of(SchemaShape input, Rf3dImageClassificationTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(input);
        var image = Find(input, options.FeatureColumnName, nameof(options.FeatureColumnName));
        if (image.ItemType is not ImageDataViewType || image.Kind != SchemaShape.Column.VectorKind.Scalar)
            throw new ArgumentOutOfRangeException(nameof(input), $"The column '{image.Name}' must hold images (MLImage); it holds {image.ItemType}.");
        var label = Find(input, options.LabelColumnName, nameof(options.LabelColumnName));
        if (!label.IsKey || label.ItemType != NumberDataViewType.UInt32)
        {
            throw new ArgumentOutOfRangeException(
                nameof(input), $"The label column '{label.Name}' must be a key of UInt32; it is {label.ItemType}. Put MapValueToKey(\"{label.Name}\") before the trainer.");
        }

        var names = label.Annotations.Where(annotation => annotation.Name == "KeyValues").ToList();
        // Scores carry the classes' names as the names of their slots, predicted labels as the values of their keys.
        var slots = names.Select(name => MLNetInternals.CreateSchemaColumn("SlotNames", SchemaShape.Column.VectorKind.Vector, name.ItemType));
        var score = MLNetInternals.CreateSchemaColumn(
            options.ScoreColumnName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, annotations: new SchemaShape(slots));
        var predicted = MLNetInternals.CreateSchemaColumn(
            options.PredictedLabelColumnName, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, isKey: true, new SchemaShape(names));

        var columns = input.ToDictionary(column => column.Name, StringComparer.Ordinal);
        columns[score.Name] = score;
        columns[predicted.Name] = predicted;
        if (options.EmbeddingColumnName is { } embedding)
            columns[embedding] = MLNetInternals.CreateSchemaColumn(embedding, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single);
        return new SchemaShape(columns.Values);
    }

    private static SchemaShape.Column Find(SchemaShape schema, string name, string option)
    {
        var found = schema.Where(column => column.Name == name).ToList();
        return found.Count > 0
            ? found[0]
            : throw new ArgumentOutOfRangeException(nameof(schema), $"There is no column '{name}' ({option}). The data has: {string.Join(", ", schema.Select(item => item.Name))}.");
    }
}
