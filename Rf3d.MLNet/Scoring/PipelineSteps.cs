using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;

namespace Rf3d.MLNet;

/// <summary>The steps of a pipeline before its classifier on which the column of images depends.</summary>
/// <param name="OfImages">All of them, in their order: also those that only load or copy images.</param>
/// <param name="Changing">The names of those after which an image is another one than before.</param>
internal sealed record PipelineSteps(ImmutableArray<ITransformer> OfImages, ImmutableArray<string> Changing)
{
    public static PipelineSteps None { get; } = new([], []);

    /// <param name="steps">The steps of a pipeline, as they are applied.</param>
    /// <param name="resizing">The index of the classifier's own first step, which resizes the images.</param>
    public static PipelineSteps Before(IReadOnlyList<ITransformer> steps, int resizing)
    {
        SortedSet<int> all = [], changing = [];
        foreach (var (column, _) in Inputs(steps[resizing], ImagePreprocessing.ResizedColumnName))
            Follow(column, resizing);
        return new([.. all.Select(index => steps[index])], [.. changing.Select(index => NameOf(steps[index]))]);

        // Whether a column, as a step finds it, was made of an image that is another one.
        bool Follow(string column, int end)
        {
            for (var index = end - 1; index >= 0; index--)
            {
                var inputs = Inputs(steps[index], column);
                if (inputs.Count == 0)
                    continue;
                all.Add(index);
                var isChanged = false;
                foreach (var (input, isImage) in inputs)
                    isChanged |= Follow(input, index) || isImage;
                if (isChanged && steps[index] is not ColumnCopyingTransformer)
                    changing.Add(index);
                return isChanged;
            }
            return false;
        }
    }

    /// <summary>The name of a step's type.</summary>
    public static string NameOf(ITransformer step) => step.GetType() is var type && type.IsGenericType
        ? $"{type.Name.Split('`')[0]} of {string.Join(", ", type.GetGenericArguments().Select(argument => argument.Name.Split('`')[0]))}"
        : type.Name;

    /// <summary>Data with the column of images as the classifier finds it.</summary>
    public IDataView Apply(IDataView data) => OfImages.Aggregate(data, (view, step) => step.Transform(view));

    /// <summary>The columns that a step makes a column of, and whether it takes them for images; none if it does not make the column.</summary>
    private static IReadOnlyList<(string Name, bool IsImage)> Inputs(ITransformer step, string column)
    {
        if (step is OneToOneTransformerBase pairs)
        {
            var takesImages = step is ImageGrayscalingTransformer or ImageResizingTransformer or ImagePixelExtractingTransformer;
            return [.. MLNetInternals.GetColumnPairs(pairs).Where(pair => pair.Output == column).Select(pair => (pair.Input, takesImages))];
        }
        // A mapping of the user's own. A loaded one finds its columns by the members of its types.
        if (step.GetType() is not { IsGenericType: true } type || (type.GetGenericTypeDefinition() != typeof(CustomMappingTransformer<,>) && type.GetGenericTypeDefinition() != typeof(StatefulCustomMappingTransformer<,,>)))
            return [];
        var (source, result) = (type.GetGenericArguments()[0], type.GetGenericArguments()[1]);
        return Columns(result).Any(made => made.ColumnName == column)
            ? [.. Columns(source).Select(read => (read.ColumnName, read.ColumnType is ImageDataViewType))]
            : [];
    }

    // As ML.NET creates them, for the rows that it reads and for those that it writes.
    private static SchemaDefinition Columns(Type rows) => SchemaDefinition.Create(rows, SchemaDefinition.Direction.Write);
}
