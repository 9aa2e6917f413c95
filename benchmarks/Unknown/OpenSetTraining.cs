using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Datasets;
using Rf3d.MLNet;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.Benchmarks;

/// <summary>A file and its class.</summary>
internal sealed record LabelledFile(string Path, string Label)
{
    /// <summary>The files of FOLDER/class/*, in an order drawn by the seed.</summary>
    public static IReadOnlyList<LabelledFile> Of(string folder, Random random)
    {
        LabelledFile[] files =
        [
            .. Directory.GetDirectories(folder).Order(StringComparer.Ordinal)
                .SelectMany(name => Directory.GetFiles(name).Order(StringComparer.Ordinal).Select(path => new LabelledFile(path, System.IO.Path.GetFileName(name)))),
        ];
        random.Shuffle(files);
        return files;
    }
}

/// <summary>Trains on some classes, and gathers the features of images of these and of others.</summary>
/// <param name="folder">For tables of files.</param>
internal sealed class OpenSetTraining(string folder)
{
    private const string Features = "Features";

    /// <param name="options">How to train.</param>
    /// <param name="training">Images to learn from.</param>
    /// <param name="validation">Images held out of training.</param>
    /// <param name="known">Test images of the same classes.</param>
    /// <param name="unknown">Images of other classes, by name.</param>
    /// <param name="note">For the report.</param>
    /// <param name="seed">The seed.</param>
    public OpenSetSplit Run(
        TrainerOptions options, IReadOnlyList<LabelledFile> training, IReadOnlyList<LabelledFile> validation, IReadOnlyList<LabelledFile> known,
        IReadOnlyList<(string Name, IReadOnlyList<LabelledFile> Files)> unknown, string note, int seed)
    {
        string[] classes = [.. training.Select(file => file.Label).Distinct().Order(StringComparer.Ordinal)];
        var mlContext = new MLContext(seed);
        var train = Load(mlContext, training, classes);
        (options.Seed, options.Device, options.EmbeddingColumnName, options.CalibrateProbabilities) = (seed, "cpu", Features, false);
        options.ValidationSet = Load(mlContext, validation, classes);
        var clock = Stopwatch.StartNew();
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(train);
        var seconds = clock.Elapsed.TotalSeconds;
        var head = model.Model.Head();
        List<ImagePart> parts =
        [
            Part(ImagePart.Training, train, training),
            Part(ImagePart.Validation, options.ValidationSet, validation),
            Part(ImagePart.Known, Load(mlContext, known, classes), known),
            // The label that they get has no effect.
            .. unknown.Select(part => Part(part.Name, Load(mlContext, [.. part.Files.Select(file => file with { Label = classes[0] })], classes), null)),
        ];
        return new(head.Weights, head.Biases, note, seconds, parts);

        ImagePart Part(string name, IDataView data, IReadOnlyList<LabelledFile>? files)
        {
            var scored = model.Transform(data);
            float[] features = [.. scored.GetColumn<float[]>(Features).SelectMany(row => row)];
            int[] labels = [.. scored.GetColumn<uint>("Label").Select(key => files is null ? -1 : (int)key - 1)];
            return new(name, features, labels);
        }
    }

    private ImageFolderDataView Load(MLContext mlContext, IReadOnlyList<LabelledFile> files, string[] classes)
    {
        var table = Path.Combine(folder, $"{Guid.NewGuid():n}.csv");
        File.WriteAllLines(table, files.Select(file => $"{file.Path},{file.Label}").Prepend("path,label"));
        try
        {
            return mlContext.Data.LoadImageTable(table, "/", new ImageTableOptions { Classes = classes });
        }
        finally
        {
            File.Delete(table);
        }
    }
}
