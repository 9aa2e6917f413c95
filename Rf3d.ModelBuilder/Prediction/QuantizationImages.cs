using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>The images of a quantization: to measure the ranges of the values on, and others to compare both models on.</summary>
/// <param name="Calibration">Images of the data set to calibrate with; null where a folder has them, or there is nothing to calibrate.</param>
/// <param name="Files">Files of a folder to calibrate with; null where the data set has the images, or there is nothing to calibrate.</param>
/// <param name="Evaluation">Labelled images to compare the models on.</param>
internal sealed record QuantizationImages(ImageFolderDataView? Calibration, IReadOnlyList<string>? Files, ImageFolderDataView Evaluation)
{
    // Without training images of its own, at most so many of a data set are taken away from the comparison.
    private const double LargestShare = 0.5;

    /// <param name="mlContext">Loads them.</param>
    /// <param name="request">The data set and how its images are read.</param>
    /// <param name="folder">A folder of images to calibrate with; null for those of the data set.</param>
    /// <param name="count">The number of images to calibrate with; 0 where there is nothing to calibrate.</param>
    /// <param name="classes">The classes of the model.</param>
    /// <param name="note">Receives a line for each kind of file that is not used.</param>
    /// <exception cref="CommandException">The folder has no images, or the data set has none to calibrate with.</exception>
    public static QuantizationImages Load(MLContext mlContext, TrainingRequest request, string? folder, int count, IReadOnlyList<string> classes, Action<string> note)
    {
        var options = new ImageTableOptions
        {
            OnMissingFile = request.SkipBadImages ? BadImageAction.Skip : null,
            MaxPixels = ImageSizeLimit.Pixels(request.MaxMegapixels),
            ApplyOrientation = request.ApplyOrientation,
        };
        var parts = DataSource.Find(mlContext, request.Dataset, request.Labels, options).Parts;
        var evaluation = parts[^1].Load(classes);
        foreach (var line in DataSetNotes.Lines(evaluation.UnusedFiles))
            note(line);
        if (count == 0)
            return new(null, null, evaluation);
        if (folder is not null)
            return new(null, FilesOf(folder), evaluation);
        return parts.Count > 1 ? new(parts[0].Load(null), null, evaluation) : Divide(evaluation, count);
    }

    /// <summary>Quantizes a model to int8.</summary>
    /// <exception cref="CommandException">The pipeline of the model changes images, which files do not go through.</exception>
    public Rf3dSavedModel Quantize(Rf3dSavedModel model, QuantizationOptions options, CancellationToken cancellation)
    {
        if (Calibration is not null)
            return model.Quantize(Calibration, options, cancellation);
        return model.ImageSteps.IsEmpty
            ? model.Quantize(Files!, options, cancellation)
            : throw new CommandException(
                $"The pipeline of the model changes images before the classifier ({string.Join(", ", model.ImageSteps)}), and the files of --calibration do not go through it. Leave --calibration out: then images of --dataset, which go through it, are used.");
    }

    private static QuantizationImages Divide(ImageFolderDataView images, int count)
    {
        ImageFolderSplit split;
        try
        {
            split = images.Split(Math.Min(LargestShare, (double)count / images.FileCount));
        }
        catch (InvalidOperationException error)
        {
            throw new CommandException($"'{images.Folder}' has no class of two or more images, so that there are none to calibrate with beside those to measure on. Name a folder of other images with --calibration.", inner: error);
        }
        // A split takes an image of each class at least, however few are asked for. The others are measured on.
        var taken = split.Validation.Paths.ToList();
        if (taken.Count <= count)
            return new(split.Validation, null, split.Train);
        HashSet<string> chosen = [.. Enumerable.Range(0, count).Select(i => taken[(int)((long)i * taken.Count / count)])];
        return new(split.Validation.Without(taken.Where(path => !chosen.Contains(path))), null, images.Without(chosen));
    }

    private static List<string> FilesOf(string folder)
    {
        // In the order of the names, so that the same folder gives the same model on every file system.
        List<string> files = [.. new ImageFileFinder().Find(folder).Order(StringComparer.Ordinal)];
        return files.Count > 0 ? files : throw new CommandException($"'{folder}' has no images. --calibration takes a folder with images, in it or in folders below it; they need no labels.");
    }
}
