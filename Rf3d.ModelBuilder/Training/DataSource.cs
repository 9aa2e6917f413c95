using Microsoft.ML;
using Rf3d.Datasets;

namespace Rf3d.ModelBuilder;

/// <summary>The parts of a data set, in whatever form it has: folders of classes, a table of labels, or the files of MNIST.</summary>
/// <param name="Train">The training images, or all.</param>
internal sealed record DataSource(DataPart Train)
{
    /// <summary>The validation images; null where they are not apart.</summary>
    public DataPart? Validation { get; init; }

    /// <summary>The test images; null where they are not apart.</summary>
    public DataPart? Test { get; init; }

    /// <summary>The files and folders beside the parts that are not used.</summary>
    public IReadOnlyList<UnusedFiles> Unused { get; init; } = [];

    /// <summary>The table, where there is one.</summary>
    public LabelTable? Table => Train.Table;

    /// <summary>The folder that should have the class folders; null where the data set is divided into parts or has another form.</summary>
    public string? ClassFolder { get; init; }

    /// <summary>
    /// The part that a training on other images validates on: validation images, or all images of a data set that is not divided. Null where there are test images instead:
    /// they measure a model, and must not choose it.
    /// </summary>
    public DataPart? ToValidateOn => Validation ?? (Test is null ? Train : null);

    /// <summary>The part that a training on other images is tested on: test images, else validation images, else all.</summary>
    public DataPart ToTestOn => Test ?? Validation ?? Train;

    /// <summary>By name, the part that a saved model is to be measured on last: test images, else validation images, else all.</summary>
    public IReadOnlyList<(string Name, LoadPart Load)> Parts
    {
        get
        {
            List<(string Name, LoadPart Load)> parts = [];
            if (Validation is not null)
                parts.Add((ReportRequest.ValidationPart, Validation.Load));
            if (Test is not null)
                parts.Add((ReportRequest.TestPart, Test.Load));
            return parts.Count > 0 ? [(ReportRequest.TrainingPart, Train.Load), .. parts] : [(ReportRequest.TestPart, Train.Load)];
        }
    }

    /// <summary>Finds the parts.</summary>
    /// <param name="mlContext">Loads them.</param>
    /// <param name="dataset">A folder, or a table.</param>
    /// <param name="table">The table of the labels; null to find one where the folder has no class folders.</param>
    /// <param name="options">How images are read.</param>
    /// <exception cref="IOException">A folder or a table is missing.</exception>
    /// <exception cref="InvalidDataException">Two folders could be the same part.</exception>
    public static DataSource Find(MLContext mlContext, string dataset, LabelTable? table, ImageFolderOptions options)
    {
        if (table?.File is not null)
            return OfTable(table, dataset);
        if (File.Exists(dataset))
            return OfTable(new(dataset, table?.PathColumn, table?.LabelColumn), null);
        var mnist = Directory.Exists(dataset) ? MnistParts(dataset) : [];
        if (mnist.Contains(MnistSplit.Train))
            return new(Mnist(MnistSplit.Train)) { Test = mnist.Contains(MnistSplit.Test) ? Mnist(MnistSplit.Test) : null };
        var layout = ImageFolderLayout.Find(dataset);
        if (layout.TrainFolder is null)
        {
            if (TableIn(layout.Folder) is { } found)
                return OfTable(found, null);
            return new(Folder(dataset)!) { ClassFolder = layout.Folder };
        }
        return new(Folder(layout.TrainFolder)!) { Validation = Folder(layout.ValidationFolder), Test = Folder(layout.TestFolder), Unused = layout.UnusedFiles };

        DataSource OfTable(LabelTable labels, string? folder) =>
            new(new DataPart(classes => mlContext.Data.LoadImageTable(labels.File!, folder, Options(labels, classes))) { Table = labels });

        DataPart? Folder(string? folder) => folder is null ? null : new DataPart(classes => mlContext.Data.LoadImageFolder(folder, Options(null, classes)));

        DataPart Mnist(MnistSplit split) => new(classes => mlContext.Data.LoadMnist(dataset, split, classes)) { Mnist = split };

        ImageTableOptions Options(LabelTable? labels, IReadOnlyList<string>? classes) => new()
        {
            OnBadImage = options.OnBadImage,
            MaxPixels = options.MaxPixels,
            ApplyOrientation = options.ApplyOrientation,
            MaxBadImageFraction = options.MaxBadImageFraction,
            Classes = classes,
            PathColumn = labels?.PathColumn,
            LabelColumn = labels?.LabelColumn,
            OnMissingFile = (options as ImageTableOptions)?.OnMissingFile,
        };

        // One folder, or none, holds no classes; the table that names images of it says them.
        LabelTable? TableIn(string folder)
        {
            if (Directory.GetDirectories(folder).Count(path => !Path.GetFileName(path).StartsWith('.')) > 1 && DataSetNotes.SplitsIn(folder).Count == 0)
                return null;
            var tables = Directory.GetFiles(folder).Where(path => Path.GetExtension(path).ToLowerInvariant() is ".csv" or ".tsv" or ".jsonl")
                .Select(path => new LabelTable(path, table?.PathColumn, table?.LabelColumn)).Where(IsUsable).ToList();
            return tables.Count == 1 ? tables[0] : null;
        }

        bool IsUsable(LabelTable labels)
        {
            try
            {
                OfTable(labels, null).Train.Load(null);
                return true;
            }
            catch (InvalidDataException)
            {
                return false;
            }
        }
    }

    /// <summary>The folder that the names of images are relative to, in tables about a data set.</summary>
    /// <param name="dataset">A folder, or a table of labels.</param>
    public static string BaseOf(string dataset) => Path.TrimEndingDirectorySeparator(File.Exists(dataset) ? Path.GetDirectoryName(Path.GetFullPath(dataset))! : Path.GetFullPath(dataset));

    // By the files of the images: loading a part says so where its labels are missing. The options leave hidden files out.
    private static HashSet<MnistSplit> MnistParts(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*", new EnumerationOptions()).Select(path => MnistFileNames.Of(Path.GetFileName(path))).OfType<(MnistSplit Split, bool HasImages)>()
            .Where(file => file.HasImages).Select(file => file.Split),
    ];
}
