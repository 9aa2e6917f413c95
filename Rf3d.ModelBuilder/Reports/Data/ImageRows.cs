using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>Goes through the images of a data view, once.</summary>
/// <param name="data">The view.</param>
/// <param name="imageColumn">Name of the image column.</param>
/// <param name="labelColumn">Name of the label column.</param>
/// <param name="classes">Names of the model's classes.</param>
internal sealed class ImageRows(IDataView data, string imageColumn, string labelColumn, IReadOnlyList<string> classes)
{
    private const string PathColumn = "ImagePath";

    /// <summary>One row. Its getters read from the cursor: they are good until the next row.</summary>
    /// <param name="Number">The row, counted from 0.</param>
    /// <param name="Class">Index of the class among the model's; null without a label.</param>
    /// <param name="Path">The file; null for images from elsewhere.</param>
    /// <param name="Image">Decodes the image, which lasts as long as the row.</param>
    /// <param name="Scores">Runs the model; for data without scores an error.</param>
    internal sealed record Row(long Number, int? Class, string? Path, Func<MLImage> Image, Func<float[]> Scores);

    /// <exception cref="ArgumentException">A column is missing, or a label is of a class that the model does not know.</exception>
    public IEnumerable<Row> Read(string? scoreColumn = null)
    {
        var image = Columns.FindImage(data.Schema, imageColumn, nameof(data));
        var label = LabelColumn.Find(data.Schema, labelColumn, nameof(data));
        // By name: a folder of test images may lack classes, and then its keys are others.
        var indices = label.Classes.Select(name => classes.IndexOf(name)).ToArray();
        var path = data.Schema.GetColumnOrNull(PathColumn) is { Type: TextDataViewType } found ? found : (DataViewSchema.Column?)null;
        var score = scoreColumn is null ? (DataViewSchema.Column?)null : data.Schema[scoreColumn];

        using var cursor = data.GetRowCursor(new[] { image, label.Column, path, score }.OfType<DataViewSchema.Column>());
        var getLabel = cursor.GetGetter<uint>(label.Column);
        var getPath = path is null ? null : cursor.GetGetter<ReadOnlyMemory<char>>(path.Value);
        var getScore = score is null ? null : cursor.GetGetter<VBuffer<float>>(score.Value);
        var getImage = cursor.GetGetter<MLImage>(image);
        MLImage? decoded = null;
        VBuffer<float> scores = default;
        for (var number = 0L; cursor.MoveNext(); number++)
        {
            uint key = 0;
            getLabel(ref key);
            ReadOnlyMemory<char> file = default;
            getPath?.Invoke(ref file);
            int? index = key == 0 ? null : indices[key - 1] >= 0
                ? indices[key - 1]
                : throw new ArgumentException($"Images are labelled '{label.Classes[(int)key - 1]}', a class that the model does not know.");
            yield return new(number, index, getPath is null ? null : file.ToString(), Image, Scores);
            // Rows decode files: the image is freed before the next row is read.
            decoded?.Dispose();
            decoded = null;
        }

        MLImage Image()
        {
            getImage(ref decoded!);
            return decoded;
        }

        float[] Scores()
        {
            getScore!(ref scores);
            return [.. scores.DenseValues()];
        }
    }
}

/// <summary>Extensions for lists.</summary>
internal static class Lists
{
    public static int IndexOf(this IReadOnlyList<string> names, string name)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i] == name)
                return i;
        }
        return -1;
    }
}
