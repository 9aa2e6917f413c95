using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Datasets;
using Rf3d.MLNet.Tests.Estimator;
using Rf3d.MLNet.Tests.Torch;
using SkiaSharp;

namespace Rf3d.MLNet.Tests.Audit;

/// <summary>An audit of drawn images with everything wrong in them that it looks for.</summary>
[TestClass]
public class ImageAuditTests
{
    private const int OfClass = 24;
    private const int Side = 48;

    private static readonly TempFolder Folder = new();
    private static ImageAudit _audit = null!;

    private static ImageAuditOptions Options => new() { Pretrained = Folder["small.onnx"], ImageSize = Side, Device = "cpu", Repetitions = 1 };

    [ClassInitialize]
    public static void Make(TestContext context)
    {
        var mlContext = new MLContext(1);
        // Its colours and edges tell the classes apart, whatever it was trained for.
        using (var model = SmallTask.Trainer(mlContext, options => (options.Epoch, options.Precision) = (1, TrainingPrecision.Float32)).Fit(SmallTask.Images(mlContext, 60)))
            model.SaveAsOnnx(Folder["small.onnx"]);
        for (var i = 0; i < OfClass; i++)
        {
            // Each class has labels that are those of the other.
            Draw(["train", i < 2 ? "green" : "red", $"red{i:00}.png"], i, 0);
            Draw(["train", i < 2 ? "red" : "green", $"green{i:00}.png"], 100 + i, 120);
            Draw(["test", i % 2 == 0 ? "red" : "green", $"test{i:00}.png"], 200 + i, i % 2 == 0 ? 0 : 120);
        }
        Draw(["test", "red", "copy.png"], 10, 0);
        Draw(["train", "green", "mirror.png"], 11, 0, bitmap => Redrawn(bitmap, Side, Side, canvas => canvas.Scale(-1, 1, Side / 2f, 0)));
        Draw(["train", "red", "dark.png"], 300, 0, bitmap => Changed(bitmap, value => value / 4));
        Draw(["train", "red", "plain.png"], 301, 0, bitmap => Changed(bitmap, _ => 200));
        Draw(["train", "red", "blurred.png"], 302, 0, bitmap => Redrawn(bitmap, 6, 6, canvas => canvas.Scale(6f / Side)));
        Draw(["train", "red", "long.png"], 303, 0, bitmap => Redrawn(bitmap, 6 * Side, Side, canvas => canvas.Scale(6, 1)));
        File.WriteAllBytes(Folder["test", "green", "cut.png"], [.. File.ReadAllBytes(Folder["test", "green", "test01.png"]).Take(300)]);
        var (train, test) = Load(mlContext);
        _audit = mlContext.MulticlassClassification.AuditImages(train, test: test, options: Options);
    }

    [ClassCleanup]
    public static void Delete() => Folder.Dispose();

    [TestMethod]
    public void Labels_that_were_changed_come_first()
    {
        var names = Names(_audit.ByLabelDoubt()).Take(8).ToList();
        foreach (var changed in new[] { "red00.png", "red01.png", "green00.png", "green01.png" })
            Assert.Contains(changed, names);
        var image = _audit.Images.Single(image => Path.GetFileName(image.Path) == "red00.png");
        Assert.AreEqual(("green", "red"), (image.Label, image.SuggestedLabel));
        Assert.IsNotNull(image.Finding(ImageFindingKind.LabelDoubt));
        Assert.IsGreaterThan(image.LabelProbability!.Value, image.SuggestedProbability!.Value);
        Assert.IsTrue(_audit.CrossValidatedAccuracy is > 0.8 and < 1);
        Assert.IsTrue(_audit.AccuracyInterval!.Value.Low < _audit.CrossValidatedAccuracy);
        Assert.IsGreaterThanOrEqualTo(2, _audit.Classes.Single(each => each.Name == "red").Doubted);
    }

    [TestMethod]
    public void Copies_are_found_across_splits_and_mirror_images_across_classes()
    {
        var groups = _audit.Duplicates.Select(group => (Names: string.Join(' ', Names(group.Images).Order()), group.CrossesSplits, group.CrossesClasses, group.IsExact)).ToList();
        Assert.Contains(("copy.png red10.png", true, false, true), groups);
        Assert.Contains(("mirror.png red11.png", false, true, false), groups);
        Assert.AreEqual(1, _audit.Images.Single(image => Path.GetFileName(image.Path) == "copy.png").Finding(ImageFindingKind.DuplicateAcrossSplits)!.Score);
    }

    [TestMethod]
    [DataRow(ImageFindingKind.Dark, "dark.png")]
    [DataRow(ImageFindingKind.OneColour, "plain.png")]
    [DataRow(ImageFindingKind.Blurred, "blurred.png")]
    [DataRow(ImageFindingKind.OddAspect, "long.png")]
    [DataRow(ImageFindingKind.Tiny, "blurred.png")]
    public void Bad_images_are_found(ImageFindingKind kind, string name) => Assert.AreEqual(name, Names(_audit.With(kind)).FirstOrDefault());

    [TestMethod]
    public void Images_have_their_places_sizes_and_figures_and_unreadable_files_are_named()
    {
        var red = _audit.Images.Single(image => Path.GetFileName(image.Path) == "red05.png");
        Assert.AreEqual((AuditSplit.Training, Side, Side, "red"), (red.Split, red.Height, red.Width, red.Label));
        var plain = _audit.Images.Single(image => Path.GetFileName(image.Path) == "plain.png");
        Assert.AreEqual(200 / 255.0, plain.Brightness, 0.01);
        Assert.AreEqual(0, plain.Contrast, 0.01);
        var mlContext = new MLContext(1);
        var paths = Load(mlContext).Train.Paths.ToList();
        Assert.AreEqual(red.Path, paths[(int)red.Row]);
        var cut = _audit.Unreadable.Single();
        Assert.AreEqual((AuditSplit.Test, Folder["test", "green", "cut.png"]), (cut.Split, cut.Path));
    }

    [TestMethod]
    public void Without_two_classes_labels_are_not_judged_and_everything_else_is()
    {
        var mlContext = new MLContext(1);
        var one = Load(mlContext).Train;
        var reds = one.Without(one.Paths.Where(path => path.Contains($"{Path.DirectorySeparatorChar}green{Path.DirectorySeparatorChar}", StringComparison.Ordinal)));
        var audit = mlContext.MulticlassClassification.AuditImages(reds, options: Options);
        Assert.IsNull(audit.CrossValidatedAccuracy);
        Assert.IsEmpty(audit.ByLabelDoubt());
        Assert.AreEqual("dark.png", Names(audit.With(ImageFindingKind.Dark)).Single());
    }

    [TestMethod]
    public void Columns_may_have_other_names()
    {
        var mlContext = new MLContext(1);
        var (train, _) = Load(mlContext);
        var renamed = mlContext.Transforms.CopyColumns("Picture", "Image").Append(mlContext.Transforms.CopyColumns("Kind", "Label"))
            .Append(mlContext.Transforms.CopyColumns("File", "ImagePath")).Append(mlContext.Transforms.SelectColumns("Picture", "Kind", "File")).Fit(train).Transform(train);
        var options = Options;
        (options.FeatureColumnName, options.LabelColumnName, options.PathColumnName) = ("Picture", "Kind", "File");
        var audit = mlContext.MulticlassClassification.AuditImages(renamed, options: options);
        CollectionAssert.AreEqual(new[] { "green", "red" }, audit.Classes.Select(each => each.Name).Order().ToArray());
        Assert.HasCount((int)train.FileCount, audit.Images);
        CollectionAssert.AreEquivalent(train.Paths.ToList(), audit.Images.Select(image => image.Path).ToList());

        options.PathColumnName = "None";
        audit = mlContext.MulticlassClassification.AuditImages(renamed, options: options);
        Assert.HasCount((int)train.FileCount, audit.Images.Where(image => image.Path is null).ToList());
    }

    [TestMethod]
    public void Bad_input_is_named()
    {
        var mlContext = new MLContext(1);
        var (train, _) = Load(mlContext);
        Assert.Contains("Foto", Assert.ThrowsExactly<ArgumentException>(() => Run(options => options.FeatureColumnName = "Foto")).Message);
        Assert.Contains("Kind", Assert.ThrowsExactly<ArgumentException>(() => Run(options => options.LabelColumnName = "Kind")).Message);
        var errors = Assert.ThrowsExactly<InvalidOptionsException>(() => Run(options => (options.Folds, options.ImageSize, options.Device) = (1, 8, "tpu"))).Errors;
        CollectionAssert.AreEqual(new[] { "ImageSize", "Folds", "Device" }, errors.Select(error => error.Option).ToArray());
        Assert.Contains("nothing.onnx", Assert.ThrowsExactly<OptionConflictException>(() => Run(options => options.Pretrained = "nothing.onnx")).Message);
        Assert.ThrowsExactly<OperationCanceledException>(() => Run(options => options.CancellationToken = new(canceled: true)));

        void Run(Action<ImageAuditOptions> change)
        {
            var options = Options;
            change(options);
            mlContext.MulticlassClassification.AuditImages(train, options: options);
        }
    }

    [TestMethod]
    public void It_says_how_far_it_is_and_leaves_no_tensors_behind()
    {
        var mlContext = new MLContext(1);
        var (train, test) = Load(mlContext);
        var small = train.Without(train.Paths.Skip(12));
        List<ImageAuditProgress> reports = [];
        var options = Options;
        options.ProgressCallback = reports.Add;
        Run();
        Assert.AreEqual(new ImageAuditProgress(ImageAuditPhase.Features, AuditSplit.Training, 12, 12), reports[0]);
        Assert.AreEqual(ImageAuditPhase.Labels, reports[^1].Phase);
        Assert.Contains(report => report.Phase is ImageAuditPhase.Comparison && report.Done == report.Count, reports);
        // Parameters are counted twice, see FeatureExtractionTests; there are no more of more images.
        Assert.AreEqual(LeftBy(small), LeftBy(train));

        long LeftBy(ImageFolderDataView data)
        {
            var before = LiveTensors.Count();
            mlContext.MulticlassClassification.AuditImages(data, test: test, options: options);
            return LiveTensors.Count() - before;
        }

        void Run() => mlContext.MulticlassClassification.AuditImages(small, test: test, options: options);
    }

    private static (ImageFolderDataView Train, ImageFolderDataView Test) Load(MLContext mlContext)
    {
        var options = new ImageFolderOptions { OnBadImage = BadImageAction.Skip, MaxBadImageFraction = 1 };
        return (mlContext.Data.LoadImageFolder(Folder["train"], options), mlContext.Data.LoadImageFolder(Folder["test"], options));
    }

    private static IEnumerable<string> Names(IEnumerable<AuditedImage> images) => images.Select(image => Path.GetFileName(image.Path!));

    /// <summary>Squares of random brightness in colours about a hue.</summary>
    private static void Draw(string[] path, int seed, int hue, Func<SKBitmap, SKBitmap>? change = null)
    {
        var random = new Random(seed);
        using var bitmap = new SKBitmap(new SKImageInfo(Side, Side, SKColorType.Bgra8888, SKAlphaType.Premul));
        using (var canvas = new SKCanvas(bitmap))
        {
            for (var square = 0; square < 64; square++)
            {
                using var paint = new SKPaint { Color = SKColor.FromHsv((hue + random.Next(-15, 15) + 360) % 360, 60 + random.Next(40), 30 + random.Next(70)) };
                canvas.DrawRect(square % 8 * Side / 8, square / 8 * Side / 8, Side / 8, Side / 8, paint);
            }
        }
        using var changed = change?.Invoke(bitmap);
        using var encoded = (changed ?? bitmap).Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(Folder.New(path), encoded.ToArray());
    }

    private static SKBitmap Changed(SKBitmap bitmap, Func<byte, int> value)
    {
        var changed = bitmap.Copy();
        for (var i = 0; i < Side * Side; i++)
        {
            var colour = bitmap.GetPixel(i % Side, i / Side);
            changed.SetPixel(i % Side, i / Side, new((byte)value(colour.Red), (byte)value(colour.Green), (byte)value(colour.Blue)));
        }
        return changed;
    }

    private static SKBitmap Redrawn(SKBitmap bitmap, int width, int height, Action<SKCanvas> transform)
    {
        var redrawn = new SKBitmap(new SKImageInfo(width, height, SKColorType.Bgra8888, SKAlphaType.Premul));
        using var canvas = new SKCanvas(redrawn);
        transform(canvas);
        using var paint = new SKPaint { FilterQuality = SKFilterQuality.High };
        canvas.DrawBitmap(bitmap, 0, 0, paint);
        return redrawn;
    }
}
