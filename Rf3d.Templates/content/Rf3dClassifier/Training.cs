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

        // The images: a column "Image", and a key column "Label" with the names of the classes. Without validation images, a fifth of each class is held out.
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
        using var model = trainer.Fit(images.Train, images.Validation);
        Console.WriteLine(model.Plan);

        var metrics = mlContext.MulticlassClassification.Evaluate(model.Transform(images.Validation));
        Console.WriteLine(metrics.ConfusionMatrix.GetFormattedConfusionTable());
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Validation accuracy {metrics.MicroAccuracy:P2} (mean over classes {metrics.MacroAccuracy:P2}), log loss {metrics.LogLoss:0.0000}"));

        // A standard ML.NET model: applications that load it need neither Rf3d.MLNet nor TorchSharp.
        mlContext.Model.Save(model, images.Train.Schema, path);
        Console.WriteLine($"Saved {path}");
        return 0;
    }

    private static void Report(TrainingMetrics metrics)
    {
        if (metrics.IsEpochEnd)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"epoch {metrics.Epoch}/{metrics.EpochCount}  loss {metrics.Loss:0.000}  validation {metrics.ValidationAccuracy:P1}"));
    }
}
