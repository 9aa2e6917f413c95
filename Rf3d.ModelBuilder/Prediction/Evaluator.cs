using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>Scores a folder of images whose classes are known.</summary>
internal static class Evaluator
{
    /// <param name="classifier">The saved model.</param>
    /// <param name="data">Images with the classes of the model.</param>
    /// <param name="maxPixels">Pixels (height times width) that an image may have.</param>
    /// <param name="skipBadImages">Whether images that cannot be read are left out, and told of, rather than an error.</param>
    /// <param name="report">Hears of each image that is left out.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CommandException">An image cannot be read, or none can.</exception>
    public static Evaluation Run(SavedClassifier classifier, ImageFolderDataView data, long maxPixels, bool skipBadImages, Action<string> report, CancellationToken cancellation)
    {
        var evaluation = new Evaluation(classifier.Classes);
        using var predictor = new BatchPredictor(classifier, maxPixels);
        // Both enumerations are of the same files in the same order; the view gives their names without decoding them.
        using var labels = Files(data).Select(file => file.Class).GetEnumerator();
        foreach (var prediction in predictor.Predict(Files(data).Select(file => file.Path), cancellation))
        {
            labels.MoveNext();
            if (prediction.Error is null)
                evaluation.Add(labels.Current, prediction);
            else if (skipBadImages)
                report($"Skipped {Printable.Line(prediction.Path)}: {prediction.Error}");
            else
                throw new CommandException($"The image '{Printable.Line(prediction.Path)}' cannot be read: {prediction.Error}. Replace or delete the file, or leave such files out with --skip-bad-images.");
        }
        return evaluation.Count > 0 ? evaluation : throw new CommandException("No image could be read.");
    }

    private static IEnumerable<(string Path, int Class)> Files(ImageFolderDataView data)
    {
        DataViewSchema.Column[] columns = [data.Schema["ImagePath"], data.Schema["Label"]];
        using var cursor = data.GetRowCursor(columns);
        var getPath = cursor.GetGetter<ReadOnlyMemory<char>>(columns[0]);
        var getLabel = cursor.GetGetter<uint>(columns[1]);
        ReadOnlyMemory<char> path = default;
        uint label = 0;
        while (cursor.MoveNext())
        {
            getPath(ref path);
            getLabel(ref label);
            yield return (path.ToString(), (int)label - 1);
        }
    }
}
