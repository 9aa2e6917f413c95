using Microsoft.ML;
using Rf3d.Datasets;

namespace Rf3d.ModelBuilder;

/// <summary>The images of a training: to learn from, to choose the best epoch by, and to measure the result on.</summary>
/// <param name="Train">To learn from.</param>
/// <param name="Validation">To choose the best epoch by.</param>
/// <param name="Test">Seen by neither; null when there are none, and the result is measured on <paramref name="Validation"/>.</param>
/// <param name="IsHeldOut">Whether the validation images were taken from the training folder.</param>
internal sealed record DataSets(ImageFolderDataView Train, ImageFolderDataView Validation, ImageFolderDataView? Test, bool IsHeldOut)
{
    private static readonly string[] TrainNames = ["train", "training"];
    private static readonly string[] ValidationNames = ["val", "valid", "validation"];
    private static readonly string[] TestNames = ["test"];

    public IReadOnlyList<string> Classes => Train.Classes;

    /// <summary>What the result is measured on.</summary>
    public ImageFolderDataView ForEvaluation => Test ?? Validation;

    /// <summary>How many there are, as a line for people.</summary>
    public string Summary => Numbers.Text($"{Numbers.Count(Train.FileCount)} images to learn from, {Numbers.Count(Validation.FileCount)} to validate on{(IsHeldOut ? " (held out)" : "")}{(Test is null ? "" : $", {Numbers.Count(Test.FileCount)} to test on")}, {Classes.Count} classes");

    /// <exception cref="IOException">A folder is missing.</exception>
    /// <exception cref="InvalidDataException">A folder has no images, or other classes than the training folder.</exception>
    /// <exception cref="CommandException">There is only one class.</exception>
    public static DataSets Load(MLContext mlContext, TrainingRequest request)
    {
        var parts = Parts(request.Dataset);
        var train = mlContext.Data.LoadImageFolder(Find(parts, TrainNames) ?? request.Dataset, Options());
        if (train.Classes.Count < 2)
        {
            throw new CommandException(
                $"'{request.Dataset}' has images of one class only, '{train.Classes[0]}'; a classifier needs at least 2. The layout expected is a folder for each class: folder/class/image.jpg.");
        }
        var test = Load(request.TestDataset ?? Find(parts, TestNames));
        if (Load(request.ValidationDataset ?? Find(parts, ValidationNames)) is { } validation)
            return new(train, validation, test, false);
        var split = train.Split(request.ValidationFraction, request.Seed);
        return new(split.Train, split.Validation, test, true);

        ImageFolderDataView? Load(string? folder) => folder is null
            ? null
            : mlContext.Data.LoadImageFolder(folder, Options(train.Classes));

        ImageFolderOptions Options(IReadOnlyList<string>? classes = null) => new()
        {
            OnBadImage = request.SkipBadImages ? BadImageAction.Skip : BadImageAction.Fail,
            MaxPixels = ImageSizeLimit.Pixels(request.MaxMegapixels),
            ApplyOrientation = request.ApplyOrientation,
            Classes = classes,
        };
    }

    /// <summary>The parts of <paramref name="dataset"/> by name, the one that a saved model is to be measured on last: test images, else validation images, else all.</summary>
    public static IReadOnlyList<(string Name, string Folder)> PartsOf(string dataset)
    {
        var parts = Parts(dataset);
        var found = new[]
        {
            (Name: ReportRequest.TrainingPart, Folder: Find(parts, TrainNames)),
            (Name: ReportRequest.ValidationPart, Folder: Find(parts, ValidationNames)),
            (Name: ReportRequest.TestPart, Folder: Find(parts, TestNames)),
        };
        var named = found.Where(part => part.Folder is not null).Select(part => (part.Name, part.Folder!)).ToList();
        return named.Any(part => part.Name != ReportRequest.TrainingPart) ? named : [(ReportRequest.TestPart, dataset)];
    }

    /// <summary>The part of <paramref name="dataset"/> that a saved model is to be measured on.</summary>
    public static string EvaluationFolder(string dataset) => PartsOf(dataset)[^1].Folder;

    /// <summary>The images, of those read so far, that were turned upright.</summary>
    public int TurnedImageCount => new[] { Train, Validation, Test }.Distinct().Sum(view => view?.TurnedImageCount ?? 0);

    public IEnumerable<SkippedImage> Skipped() =>
        new[] { Train, Validation, Test }.Where(view => view is not null).SelectMany(view => view!.SkippedImages).DistinctBy(image => image.Path);

    /// <summary>Folders named after parts of a data set; none where there is no folder to train on among them, for a class may be called "test".</summary>
    private static string[] Parts(string dataset)
    {
        var parts = Directory.Exists(dataset) ? Directory.GetDirectories(dataset) : [];
        return Find(parts, TrainNames) is null ? [] : parts;
    }

    private static string? Find(string[] folders, string[] names)
    {
        var found = folders.Where(folder => names.Contains(Path.GetFileName(folder), StringComparer.OrdinalIgnoreCase)).ToArray();
        return found.Length <= 1
            ? found.FirstOrDefault()
            : throw new CommandException($"There is more than one folder for the same images: {string.Join(", ", found.Order(StringComparer.Ordinal))}. Keep one of them.");
    }
}
