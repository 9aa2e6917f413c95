using System.Globalization;
using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.Benchmarks;

/// <summary>
/// Table 6's network (the VGG16 variant [4,3,2,3,1]) with standard convolutions and with the decomposer's blocks: the same images, seed and epochs for
/// each, one after the other in one process.
/// </summary>
internal static class KernelAccuracy
{
    public static Report Run(string folder, IReadOnlyList<string> decompositions, int epochs, IReadOnlyList<int> seeds, string commandLine)
    {
        var report = new Report();
        report.Heading(1, "Kernels and accuracy");
        report.Paragraph($"`{commandLine}`");
        report.List(
        [
            .. HardwareFingerprint.Torch,
            "Table 6's network: the VGG16 variant [4,3,2,3,1], on the images of a CIFAR-10 folder; the same images, seed and epochs for every row",
            FormattableString.Invariant($"{epochs} epochs of one cycle with the trainer's other defaults, a tenth of the training images held out for validation"),
            "Every convolution but the first is replaced, as in Table 6, also where the Rule of Kernel Replacement would not allow it; auto keeps the rule",
            "Accuracy by ML.NET's Evaluate on all test images; seconds an epoch include validation",
        ]);
        var rows = new List<string[]>();
        foreach (var seed in seeds)
        {
            foreach (var decomposition in decompositions)
            {
                rows.Add(Train(folder, Decomposition.Parse(decomposition) with { Rule = ReplacementRuleMode.Ignored }, epochs, seed));
                Console.WriteLine(string.Join("  ", rows[^1]));
            }
        }
        report.Table(
            ["kernels", "seed", "parameters", "M MACs", "seconds an epoch", "images/s", "validation by epoch, %", "test accuracy, %"],
            rows);
        return report;
    }

    private static string[] Train(string folder, Decomposition decomposition, int epochs, int seed)
    {
        var mlContext = new MLContext(seed);
        var images = TrainAndTest.Load(mlContext, folder);
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(new Rf3dImageClassificationTrainer.Options
        {
            Network = ConvNetFactory.Create(Architecture.Vgg16, 32, 32, 10).WithStageDepths(4, 3, 2, 3, 1),
            Organizer = OrganizerOptions.Off,
            // Rolling kernels have neither identity branches nor Muon: it would not be the kernels that are compared.
            Reparameterization = false,
            Optimizer = TrainingOptimizer.Sgd,
            Decomposition = decomposition,
            Epoch = epochs,
            Seed = seed,
            MetricsCallback = metrics =>
            {
                if (metrics.IsEpochEnd)
                    Console.WriteLine($"{decomposition}: {metrics}");
            },
        }).Fit(images.Train);
        var accuracy = mlContext.MulticlassClassification.Evaluate(model.Transform(images.Test)).MicroAccuracy;
        var history = model.History.Epochs;
        return
        [
            decomposition.ToString(),
            seed.ToString(CultureInfo.InvariantCulture),
            model.Plan.OptimizedCost.Parameters.ToString("#,0", CultureInfo.InvariantCulture),
            Number(model.Plan.OptimizedCost.Macs / 1e6, "0.0"),
            Number(history[^1].Elapsed.TotalSeconds / history.Length, "0"),
            Number(history[^1].ImagesPerSecond, "0"),
            string.Join(", ", history.Select(epoch => Number(100 * epoch.ValidationAccuracy!.Value, "0.0"))),
            Number(100 * accuracy, "0.00"),
        ];
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
