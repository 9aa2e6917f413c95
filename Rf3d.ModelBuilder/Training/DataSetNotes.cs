using Rf3d.Datasets;

namespace Rf3d.ModelBuilder;

/// <summary>Messages on a data set: its place, and its unused files.</summary>
internal static class DataSetNotes
{
    public static IEnumerable<string> Of(DataSets data) =>
        Lines(data.Unused).Concat(data.Exclusions?.Lines() ?? []).Prepend(data.Source.Table?.File is { } table ? Printable.Line($"The labels are those of '{table}'.") : "").Where(line => line.Length > 0);

    /// <summary>A line for each kind of files that is not used.</summary>
    public static IEnumerable<string> Lines(IEnumerable<UnusedFiles> unused) => Merged(unused).Select(files => Printable.Line($"Not used: {files}"));

    /// <summary>Those of several folders as one.</summary>
    public static IReadOnlyList<UnusedFiles> Merged(IEnumerable<UnusedFiles> unused) =>
    [
        .. unused.GroupBy(files => (files.Reason, files.Extension)).Select(group => group.First() with { Count = group.Sum(files => files.Count) }),
    ];

    /// <summary>The folders in a folder that are named after parts of a data set.</summary>
    public static IReadOnlyList<string> SplitsIn(string folder) =>
        [.. Directory.GetDirectories(folder).Select(path => Path.GetFileName(path)).Where(name => SplitNames.Of(name) is not null).Order(StringComparer.Ordinal)];

    /// <exception cref="CommandException">The folders are named after parts of a data set, and are none.</exception>
    public static void RequireClasses(string folder)
    {
        var parts = SplitsIn(folder);
        if (parts.Count > 1)
        {
            throw new CommandException(
                $"The folders in '{folder}' are named after parts of a data set ({string.Join(", ", parts)}), and none of them is a training folder: one that has a folder for each class in it, and no images beside these. "
                + "Name the parts with --dataset, --validation-dataset and --test-dataset, or, if they have no folders of classes, a table of the labels with --labels.");
        }
    }

    /// <summary>The error of a data set that is named for validation and has images of all other kinds.</summary>
    public static CommandException NothingToValidateOn(string dataset) => new(
        $"'{dataset}' is divided into training and test images and has no validation images for --validation-dataset. Its test images are not taken: they could not measure a model that they chose. "
        + "Name a folder of validation images, or leave the option out: a share of the training images is then held out (--validation-fraction).");

    /// <summary>Holds images out for validation.</summary>
    /// <exception cref="CommandException">No class has two images.</exception>
    public static ImageFolderSplit Split(ImageFolderDataView train, TrainingRequest request)
    {
        try
        {
            return train.Split(request.ValidationFraction, request.Seed);
        }
        catch (InvalidOperationException error)
        {
            throw new CommandException(
                $"'{train.Folder}' has no class of two or more images, so that none can be held out for validation. Add images, or name a folder of validation images with --validation-dataset.", inner: error);
        }
    }
}
