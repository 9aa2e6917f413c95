using Microsoft.ML;
using Rf3d.Datasets;

namespace Rf3d.ModelBuilder;

/// <summary>The images of a training: to learn from, to choose the best epoch by, and to measure the result on.</summary>
/// <param name="Train">To learn from.</param>
/// <param name="Validation">To choose the best epoch by.</param>
/// <param name="Test">Seen by neither; null when there are none, and the result is measured on <paramref name="Validation"/>.</param>
internal sealed record DataSets(ImageFolderDataView Train, ImageFolderDataView Validation, ImageFolderDataView? Test)
{
    /// <summary>Where the training images come from.</summary>
    public required DataSource Source { get; init; }

    /// <summary>Where the validation images come from; null where they are held out of the training images.</summary>
    public DataPart? ValidationPart { get; init; }

    /// <summary>Where the test images come from; null where there are none.</summary>
    public DataPart? TestPart { get; init; }

    /// <summary>Whether the validation images were taken from the training images.</summary>
    public bool IsHeldOut => ValidationPart is null;

    /// <summary>The files and folders that are not used.</summary>
    public IReadOnlyList<UnusedFiles> Unused { get; init; } = [];

    /// <summary>The files that are left out; null where none are named.</summary>
    public Exclusions? Exclusions { get; init; }

    public IReadOnlyList<string> Classes => Train.Classes;

    /// <summary>The images that the result is measured on.</summary>
    public ImageFolderDataView ForEvaluation => Test ?? Validation;

    /// <summary>The number of images as one line, and a line for each kind of unused files.</summary>
    public string Summary => string.Join('\n', DataSetNotes.Of(this).Prepend(
        Numbers.Text($"{Numbers.Count(Train.FileCount)} images to learn from, {Numbers.Count(Validation.FileCount)} to validate on{(IsHeldOut ? " (held out)" : "")}{(Test is null ? "" : $", {Numbers.Count(Test.FileCount)} to test on")}, {Classes.Count} classes")));

    /// <exception cref="IOException">A folder is missing.</exception>
    /// <exception cref="InvalidDataException">A folder has no images, or other classes than the training folder.</exception>
    /// <exception cref="CommandException">There is only one class, all images of a part are to be left out, or those to validate on would be test images.</exception>
    public static DataSets Load(MLContext mlContext, TrainingRequest request)
    {
        ImageFolderOptions options = new()
        {
            OnBadImage = request.SkipBadImages ? BadImageAction.Skip : BadImageAction.Fail,
            MaxPixels = ImageSizeLimit.Pixels(request.MaxMegapixels),
            ApplyOrientation = request.ApplyOrientation,
        };
        var source = DataSource.Find(mlContext, request.Dataset, request.Labels, options);
        if (source.ClassFolder is not null)
            DataSetNotes.RequireClasses(source.ClassFolder);
        var exclusions = request.Exclude is { } table ? Exclusions.Read(table, DataSource.BaseOf(request.Dataset)) : null;
        var train = Kept(source.Train.Load(request.ContinueFrom?.ClassesWith(ClassesOf(Kept(source.Train.Load(null))!), request.Dataset)))!;
        if (train.Classes.Count < 2)
        {
            throw new CommandException(
                $"'{request.Dataset}' has images of one class only, '{train.Classes[0]}'; a classifier needs at least 2. The layout expected is a folder for each class: folder/class/image.jpg; or name a table of the labels with --labels.");
        }
        var testPart = Other(request.TestDataset)?.ToTestOn ?? source.Test;
        var validationPart = Other(request.ValidationDataset) is { } named ? named.ToValidateOn ?? throw DataSetNotes.NothingToValidateOn(request.ValidationDataset!) : source.Validation;
        var test = Kept(testPart?.Load(train.Classes));
        var unused = source.Unused.Concat(train.UnusedFiles).Concat(test?.UnusedFiles ?? []);
        if (Kept(validationPart?.Load(train.Classes)) is { } validation)
        {
            return new(train, validation, test)
            {
                Source = source, ValidationPart = validationPart, TestPart = testPart, Exclusions = exclusions, Unused = [.. unused, .. validation.UnusedFiles],
            };
        }
        var split = DataSetNotes.Split(train, request);
        return new(split.Train, split.Validation, test) { Source = source, TestPart = testPart, Exclusions = exclusions, Unused = [.. unused] };

        // Without those of which all images are left out.
        static List<string> ClassesOf(ImageFolderDataView view) => [.. view.Classes.Where(name => view.OfClasses([name]).FileCount > 0)];

        ImageFolderDataView? Kept(ImageFolderDataView? view) => view is null || exclusions is null ? view : exclusions.Apply(view);

        // The labels of other folders are not in the table of the training images.
        DataSource? Other(string? dataset) => dataset is null ? null : DataSource.Find(mlContext, dataset, request.Labels is { } labels ? labels with { File = null } : null, options);
    }

    /// <summary>The images, of those read so far, that were turned upright.</summary>
    public int TurnedImageCount => new[] { Train, Validation, Test }.Distinct().Sum(view => view?.TurnedImageCount ?? 0);

    public IEnumerable<SkippedImage> Skipped() =>
        new[] { Train, Validation, Test }.Where(view => view is not null).SelectMany(view => view!.SkippedImages).DistinctBy(image => image.Path);
}
