using Microsoft.ML;
using Rf3d.Datasets;

namespace Rf3d.ModelBuilder;

/// <summary>The images that saved models are measured on: the last part of a data set, the test images if there are any.</summary>
internal static class EvaluationImages
{
    /// <param name="mlContext">The context.</param>
    /// <param name="dataset">The data set, as the command line names it.</param>
    /// <param name="labels">A table of labels; null for folders.</param>
    /// <param name="classes">The classes of the model.</param>
    /// <param name="skipBadImages">Whether rows without a file are left out.</param>
    /// <param name="maxPixels">Images with more pixels are bad images.</param>
    /// <param name="applyOrientation">Whether photographs are turned upright.</param>
    /// <param name="note">Receives a line for each kind of file that is not used.</param>
    public static ImageFolderDataView Load(
        MLContext mlContext, string dataset, LabelTable? labels, IReadOnlyList<string> classes, bool skipBadImages, long maxPixels, bool applyOrientation, Action<string> note)
    {
        var options = new ImageTableOptions
        {
            // The evaluation reports each bad image, however many there are; a row without a file is one of them.
            OnMissingFile = skipBadImages ? BadImageAction.Skip : null,
            MaxPixels = maxPixels,
            ApplyOrientation = applyOrientation,
        };
        var data = DataSource.Find(mlContext, dataset, labels, options).Parts[^1].Load(classes);
        foreach (var line in DataSetNotes.Lines(data.UnusedFiles))
            note(line);
        return data;
    }
}
