using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Rf3d.Datasets;
using Rf3d.MLNet;
#if (hasArchitecture)
using Rf3d.Planning;
#endif

/// <summary>Plans, trains, evaluates and saves a classifier.</summary>
internal static class Training
{
    /// <summary>Whether the model is saved: nothing is lost when the program ends.</summary>
    public static bool IsSaved { get; private set; }

    public static int Run(string folder, string path, CancellationToken cancellation)
    {
        // Trains faster on Linux: this process does nothing else.
        TorchRuntime.KeepMemory();
        var mlContext = new MLContext(seed: 1);
        mlContext.Log += (_, message) =>
        {
            if (message.Kind is ChannelMessageKind.Warning or ChannelMessageKind.Error)
                Console.Error.WriteLine(message.Message);
        };

        // The images: a column "Image", and a key column "Label" with the names of the classes. Without validation images, a fifth of each class is held out; a folder 'train' needs a folder 'val' or 'test' beside it.
        var images = ImageFolderLayout.Find(folder).TrainFolder is not null
            ? mlContext.Data.LoadImageFolderSplits(folder)
            : mlContext.Data.LoadImageFolder(folder).Split(0.2);

        var trainer = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(new Rf3dImageClassificationTrainer.Options
        {
#if (hasArchitecture)
            Architecture = Architecture.ARCHITECTURE,
#endif
#if (!pretrained)
            Pretrained = "none",
#endif
            MetricsCallback = Report,
            CancellationToken = cancellation,
        });
        RequireWritable(path);
        using var model = trainer.Fit(images.Train, images.Validation);
        Console.WriteLine(model.Plan);
        Save(mlContext, model, images.Train.Schema, path);
        IsSaved = true;
        Console.WriteLine($"Saved {path}");

        var metrics = mlContext.MulticlassClassification.Evaluate(model.Transform(images.Validation));
        Console.WriteLine(metrics.ConfusionMatrix.GetFormattedConfusionTable());
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Validation accuracy {metrics.MicroAccuracy:P2} (mean over classes {metrics.MacroAccuracy:P2}), log loss {metrics.LogLoss:0.0000}"));
        return 0;
    }

    /// <summary>Finds out before a training, and not after it, whether the model can be written.</summary>
    private static void RequireWritable(string path)
    {
        if (Directory.Exists(path))
            throw new IOException($"'{path}' is a folder. Name a file for the model.");
        // Elsewhere such a file can be replaced.
        if (OperatingSystem.IsWindows() && File.Exists(path) && File.GetAttributes(path).HasFlag(FileAttributes.ReadOnly))
            throw new IOException($"'{path}' is read-only. Name another file for the model, or allow changes of this one.");
        try
        {
            File.Create($"{path}.{Guid.NewGuid():N}.tmp", 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(path));
            throw new IOException($"'{path}' cannot be written: {(Directory.Exists(folder) ? $"the folder '{folder}' cannot be written to" : $"there is no folder '{folder}'")}. Name a file in another folder.", error);
        }
    }

    /// <summary>Saves a standard ML.NET model: applications that load it need neither Rf3d.MLNet nor TorchSharp.</summary>
    private static void Save(MLContext mlContext, ITransformer model, DataViewSchema schema, string path)
    {
        // Processes that load the model meanwhile find the old one or the new one, never a part.
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            mlContext.Model.Save(model, schema, temporary);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
        try
        {
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The training may have taken hours.
            throw new IOException($"'{path}' cannot be replaced: {error.Message.TrimEnd('.')}. The model is not lost: it is in '{temporary}'.", error);
        }
    }

    private static void Report(TrainingMetrics metrics)
    {
        // Photographs: a classifier on the features of a pretrained network comes first, and may be all.
        var part = metrics.Phase is TrainingPhase.LastLayer ? "last layer" : string.Create(CultureInfo.InvariantCulture, $"epoch {metrics.Epoch}/{metrics.EpochCount}");
        if (metrics.IsEpochEnd)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{part}  loss {metrics.Loss:0.000}  validation {metrics.ValidationAccuracy:P1}"));
    }
}
