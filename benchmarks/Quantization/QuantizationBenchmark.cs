using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>Measures saved models with fewer bits beside float32, all in one process.</summary>
internal static class QuantizationBenchmark
{
    private const string Float32 = "float32";
    private const string Int8 = "int8";
    private const string Float16 = "float16";

    private static readonly int[] Batches = [1, 8];

    public static Report Run(IReadOnlyList<QuantizedCase> cases, int rounds, TimeSpan pass, bool hasVariants, string command)
    {
        List<string[]> latencies = [], accuracies = [], variants = [];
        foreach (var each in cases)
        {
            var mlContext = new MLContext(1);
            using var model = Rf3dSavedModel.Load(mlContext, each.Path, new() { Device = "cpu" });
            using var int8 = model.Quantize(each.Train(mlContext));
            using var half = model.ToFloat16();
            var models = new Dictionary<string, Rf3dSavedModel> { [Float32] = model, [Int8] = int8, [Float16] = half };
            foreach (var batch in Batches)
                latencies.AddRange(Latency(each, models, batch, rounds, pass));
            Console.WriteLine($"{each.Name}: latency measured");
            accuracies.AddRange(Accuracy(each, mlContext, model, int8));
            accuracies.AddRange(Accuracy(each, mlContext, model, half));
            if (hasVariants)
                variants.AddRange(Variants(each, mlContext, model));
            Console.WriteLine($"{each.Name}: accuracy measured");
        }
        return Write(latencies, accuracies, variants, rounds, command);
    }

    private static List<string[]> Latency(QuantizedCase each, Dictionary<string, Rf3dSavedModel> models, int batch, int rounds, TimeSpan pass)
    {
        var times = QuantizedLatency.Measure(models, batch, rounds, pass);
        return
        [
            .. models.Keys.Select(name => new[]
            {
                each.Name, $"{batch}", name, Milliseconds(times.Milliseconds(name)), name == Float32 ? "" : Report.Ratio(times.Ratio(Float32, name)),
            }),
        ];
    }

    private static IEnumerable<string[]> Accuracy(QuantizedCase each, MLContext mlContext, Rf3dSavedModel model, Rf3dSavedModel quantized)
    {
        var file = Path.GetTempFileName();
        quantized.Save(file);
        var comparison = ModelComparison.Run(model, quantized, each.Test(mlContext, model));
        yield return
        [
            each.Name, quantized.Precision.ToString().ToLowerInvariant(), $"{comparison.Images}", Percent(comparison.First.MicroAccuracy), Percent(comparison.Second.MicroAccuracy),
            $"{Points(comparison.AccuracyDifference)} ({Points(comparison.AccuracyDifferenceInterval.Low)} to {Points(comparison.AccuracyDifferenceInterval.High)})",
            Number(comparison.PValue, "0.00"), Percent(comparison.Agreement), LogLoss(comparison.LogLossDifference),
            Report.Bytes(new FileInfo(each.Path).Length), Report.Bytes(new FileInfo(file).Length),
        ];
        File.Delete(file);
    }

    private static IEnumerable<string[]> Variants(QuantizedCase each, MLContext mlContext, Rf3dSavedModel model)
    {
        var test = each.Test(mlContext, model);
        var (before, classes) = Evaluate(model);
        foreach (var (name, options) in QuantizedCase.Variants(FirstLayer(model)))
        {
            var start = Stopwatch.GetTimestamp();
            using var quantized = model.Quantize(each.Train(mlContext), options);
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var (after, others) = Evaluate(quantized);
            var same = classes.Count(image => others[image.Key] == image.Value) / (double)classes.Count;
            yield return
            [
                each.Name, name, Points(after.MicroAccuracy - before.MicroAccuracy), Percent(same), LogLoss(after.LogLoss - before.LogLoss), Number(seconds, "0.0"),
            ];
        }

        (ImageEvaluation Figures, Dictionary<long, int> Classes) Evaluate(Rf3dSavedModel scored)
        {
            var predicted = new Dictionary<long, int>();
            return (scored.EvaluateEach(test, "Label", null, (index, prediction, _) => predicted.Add(index, prediction), CancellationToken.None), predicted);
        }
    }

    private static string FirstLayer(Rf3dSavedModel model) => Rf3d.Planning.NetworkLayout.Of(model.Plan.Optimized).Body.First().Blocks[0].Layers[0].Name;

    private static Report Write(List<string[]> latencies, List<string[]> accuracies, List<string[]> variants, int rounds, string command)
    {
        var report = new Report();
        report.Heading(1, "Quantized models beside float32");
        report.Paragraph($"`{command}`");
        report.List(HardwareFingerprint.Onnx);
        report.Heading(2, "Latency");
        report.Paragraph($"ONNX Runtime on the whole classifier as `SaveAsOnnx` writes it, from pixels to probabilities. Milliseconds of a batch: median of {rounds} rounds (least to greatest), the models in turns. Times as fast as float32: median of the ratios of each round. float16 is for GPUs; on a CPU ONNX Runtime converts it to float32.");
        report.Table(["model", "images in a batch", "computes in", "ms", "times as fast"], latencies);
        report.Heading(2, "Accuracy and size");
        report.Paragraph($"Both models on the same test images. Difference in percentage points with its 95 % interval for paired data (Newcombe), p of McNemar's exact test, share of the images for which both predict the same class.");
        report.Table(["model", "computes in", "images", "float32", "quantized", "difference", "p", "same class", "log loss", "file of float32", "file"], accuracies);
        if (variants.Count == 0)
            return report;
        report.Heading(2, "Other ways to quantize to int8");
        report.Paragraph($"Beside float32, on the same images. The default takes {new QuantizationOptions().CalibrationImages} calibration images and {new QuantizationOptions().Method}; each other row differs from it in one respect. Seconds: of the calibration and the rest of `Quantize`.");
        report.Table(["model", "way", "difference", "same class", "log loss", "seconds"], variants);
        return report;
    }

    private static string Milliseconds(Spread spread) => $"{Report.Milliseconds(spread.Median)} ({Report.Milliseconds(spread.Least)} to {Report.Milliseconds(spread.Greatest)})";

    private static string Percent(double share) => Number(100 * share, "0.00 '%'");

    private static string Points(double share) => Number(100 * share, "+0.00;-0.00;0.00");

    // The sum makes 0 of a negative zero.
    private static string LogLoss(double difference) => Number(Math.Round(difference, 4) + 0.0, "+0.0000;-0.0000;0.0000");

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
