using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Rf3d.Datasets;
using Rf3d.MLNet;
using Rf3d.ModelBuilder;
using Rf3d.Planning;

namespace Rf3d.Benchmarks;

/// <summary>How fast <c>rf3d predict</c> scores files, against ML.NET's Transform of the same .zip, and its limit.</summary>
internal static class PredictBenchmark
{
    private const int ImagesOfAClass = 64;
    private const string Transform = "ML.NET's Transform", Predict = "rf3d predict", Reading = "files to pixels", Single = "one by one", Batched = "batches, a core each";

    // What Predict takes on a CPU.
    private const int BatchSize = 8;

    private static readonly string[] ScoredFolders = ["test", "val"];

    private static readonly (string Name, Architecture Architecture, double Width)[] Networks =
    [
        ("MobileNet, a quarter wide", Architecture.MobileNet, 0.25),
        ("MobileNet", Architecture.MobileNet, 1),
        ("ResNet18Slim", Architecture.ResNet18Slim, 1),
    ];

    /// <param name="folder">{train,val}/class/*, or test instead of val.</param>
    /// <param name="images">Files to score in a round.</param>
    /// <param name="many">Files to score for the figure of memory, beside a tenth of them.</param>
    /// <param name="rounds">Rounds after a warm-up.</param>
    /// <param name="command">The command line, for the report.</param>
    public static Report Run(string folder, int images, int many, int rounds, string command)
    {
        var temporary = Directory.CreateTempSubdirectory("rf3d-predict-").FullName;
        try
        {
            var scored = ScoredFolders.Select(name => Path.Combine(folder, name)).First(Directory.Exists);
            var files = PredictTarget.Files(scored).Take(images).ToArray();
            List<string[]> speeds = [], bounds = [], memory = [];
            foreach (var (name, architecture, width) in Networks)
            {
                var zip = Path.Combine(temporary, $"{speeds.Count}.zip");
                var title = Save(zip, Path.Combine(folder, "train"), architecture, width, name);
                var times = Measure(zip, files, rounds);
                speeds.Add([title, Speed(Transform), Speed(Predict), Report.Ratio(times.Ratio(Transform, Predict))]);
                bounds.Add([title, Speed(Reading), Speed(Single), Speed(Batched), Report.Ratio(times.Ratio(Single, Batched))]);
                var (few, all) = (PredictTarget.Start(zip, scored, many / 10), PredictTarget.Start(zip, scored, many));
                memory.Add([title, Report.Bytes(few), Report.Bytes(all), FormattableString.Invariant($"{(100.0 * all / few) - 100:+0.0;-0.0} %")]);
                Console.WriteLine(string.Join("  ", (string[])[.. speeds[^1], .. bounds[^1].Skip(1), .. memory[^1].Skip(1)]));

                string Speed(string rival)
                {
                    var (median, least, greatest) = times.Milliseconds(rival);
                    return string.Create(CultureInfo.InvariantCulture, $"{1000 * images / median:0} ({1000 * images / greatest:0} to {1000 * images / least:0})");
                }
            }

            var report = new Report();
            report.Heading(1, "Scoring many files");
            report.Paragraph($"`{command}`");
            report.List(
            [
                .. HardwareFingerprint.Onnx,
                FormattableString.Invariant($"{images:N0} JPEG files of 32x32 from the system's cache, {rounds} rounds after a warm-up, rivals in turns within a process"),
                "Models of one short training: how well they score does not matter here",
            ]);
            report.Paragraph($"Images a second, median (least to greatest). *Transform* is LoadImages and the saved model over a data view, read row by row. *rf3d predict* formats all scores as CSV, without writing them to a disk. The ratio is taken within each round.");
            report.Table(["network", Transform, Predict, "predict / Transform"], speeds);
            report.Heading(2, "What bounds it");
            report.Paragraph($"The parts by themselves: files decoded, resized and turned into numbers, on all cores; the network on numbers that lie ready, one image at a time on all cores together, which is how Transform runs it, and in batches of {BatchSize} on each core by itself, which is how predict does.");
            report.Table(["network", Reading, $"network, {Single}", $"network, {Batched}", "batches / one by one"], bounds);
            report.Heading(2, "Memory");
            report.Paragraph($"The most that a process had which scores {many / 10:N0} and {many:N0} files (n = 1).");
            report.Table(["network", FormattableString.Invariant($"{many / 10:N0} files"), FormattableString.Invariant($"{many:N0} files"), "growth"], memory);
            return report;
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    private static string Save(string path, string folder, Architecture architecture, double width, string name)
    {
        var mlContext = new MLContext(1);
        var some = Directory.GetDirectories(folder).SelectMany(
            label => Directory.EnumerateFiles(label).Take(ImagesOfAClass).Select(file => new ImageFile { ImagePath = file, Label = Path.GetFileName(label) }));
        var rows = mlContext.Data.LoadFromEnumerable(some.ToArray());
        var images = mlContext.Transforms.LoadImages("Image", "", nameof(ImageFile.ImagePath))
            .Append(mlContext.Transforms.Conversion.MapValueToKey("Label"))
            .Fit(rows).Transform(rows);
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(new Rf3dImageClassificationTrainer.Options
        {
            Architecture = architecture,
            WidthMultiplier = width,
            Epoch = 1,
            Seed = 1,
        }).Fit(images);
        mlContext.Model.Save(model, images.Schema, path);
        return string.Create(CultureInfo.InvariantCulture, $"{name} ({model.Plan.OptimizedCost.Macs / 1e6:0.0} M MACs)");
    }

    private static RoundTimes Measure(string zip, string[] files, int rounds)
    {
        var mlContext = new MLContext(1);
        using var classifier = Rf3dSavedModel.Load(mlContext, zip);
        var model = mlContext.Model.Load(zip, out _);
        var rows = mlContext.Data.LoadFromEnumerable(files.Select(file => new ImageFile { ImagePath = file }));
        var loaded = mlContext.Transforms.LoadImages(classifier.ImageColumnName, "", nameof(ImageFile.ImagePath)).Fit(rows).Transform(rows);
        var preprocessing = PixelReader.TransformerOf(mlContext, classifier.Preprocessing);
        using var together = new RawScoring(classifier, batch: 1, workers: 1, threads: Environment.ProcessorCount);
        using var apart = new RawScoring(classifier, BatchSize, workers: Environment.ProcessorCount, threads: 1);
        Rival[] rivals =
        [
            new(Transform, () => ReadScores(model.Transform(loaded))),
            new(Predict, () => PredictTarget.Write(classifier, files)),
            new(Reading, () => Read(classifier, preprocessing, files)),
            new(Single, () => together.Run(files.Length)),
            new(Batched, () => apart.Run(files.Length)),
        ];
        Alternating.WarmUp(rivals);
        return Alternating.Measure(rivals, new RoundBudget(TimeSpan.Zero, 1, rounds));
    }

    private static void ReadScores(IDataView scored)
    {
        var column = scored.Schema["Score"];
        using var cursor = scored.GetRowCursor([column]);
        var getter = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> scores = default;
        while (cursor.MoveNext())
            getter(ref scores);
    }

    private static void Read(Rf3dSavedModel classifier, ITransformer transformer, string[] files) => Parallel.ForEach(
        files,
        new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
        () => (Reader: new PixelReader(classifier.Preprocessing, transformer), Pixels: new float[classifier.Preprocessing.Channels * classifier.ImageHeight * classifier.ImageWidth]),
        (file, _, local) =>
        {
            local.Reader.Read(file, ImageReader.DefaultMaxPixels, true, local.Pixels);
            return local;
        },
        local => local.Reader.Dispose());

    private sealed class ImageFile
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";
    }

    /// <summary>The network alone, on numbers that lie ready.</summary>
    private sealed class RawScoring : IDisposable
    {
        private readonly InferenceSession _session;
        private readonly OrtValue _input;
        private readonly int _batch;
        private readonly int _workers;

        public RawScoring(Rf3dSavedModel classifier, int batch, int workers, int threads)
        {
            (_batch, _workers) = (batch, workers);
            using var options = new SessionOptions { IntraOpNumThreads = threads };
            _session = new InferenceSession(classifier.ToOnnx(isOpaque: true), options);
            var random = new Random(1);
            var pixels = new float[batch * 3 * classifier.ImageHeight * classifier.ImageWidth];
            for (var i = 0; i < pixels.Length; i++)
                pixels[i] = random.Next(256);
            _input = OrtValue.CreateTensorValueFromMemory(pixels, [batch, 3, classifier.ImageHeight, classifier.ImageWidth]);
        }

        public void Run(int images) => Parallel.For(0, _workers, worker =>
        {
            using var options = new RunOptions();
            for (var done = worker * _batch; done < images; done += _workers * _batch)
            {
                using var results = _session.Run(options, _session.InputNames, [_input], ["probabilities"]);
            }
        });

        public void Dispose()
        {
            _session.Dispose();
            _input.Dispose();
        }
    }
}
