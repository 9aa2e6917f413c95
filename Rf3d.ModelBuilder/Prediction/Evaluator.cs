using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>Measures a model on a folder of images, and reports the ones that cannot be read.</summary>
internal static class Evaluator
{
    /// <param name="model">The saved model.</param>
    /// <param name="data">Images with the classes of the model.</param>
    /// <param name="maxPixels">Pixels (height times width) that an image may have.</param>
    /// <param name="skipBadImages">Whether images that cannot be read are left out and reported, rather than an error.</param>
    /// <param name="report">Receives a line for each image that is left out.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CommandException">An image cannot be read, or none can.</exception>
    public static ImageEvaluation Run(Rf3dSavedModel model, ImageFolderDataView data, long maxPixels, bool skipBadImages, Action<string> report, CancellationToken cancellation)
    {
        try
        {
            var evaluation = model.Evaluate(data, options: new() { MaxPixels = maxPixels, ContinueOnError = skipBadImages }, cancellationToken: cancellation);
            foreach (var image in evaluation.Unreadable)
                report($"Skipped {Printable.Line(image.Path!)}: {image.Error}");
            return evaluation.Images > 0 ? evaluation : throw new CommandException("No image could be read.");
        }
        catch (InvalidDataException error) when (!skipBadImages)
        {
            throw new CommandException($"{error.Message} Replace or delete the file, or leave such files out with --skip-bad-images.", inner: error);
        }
    }
}
