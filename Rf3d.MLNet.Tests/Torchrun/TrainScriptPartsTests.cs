using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Rf3d.Datasets;
using Rf3d.MLNet.Tests.Datasets;
using Rf3d.MLNet.Tests.Estimator;
using Rf3d.Planning;
using SkiaSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Torchrun;

/// <summary>Formulas that train.py and the library both have: learning rates, blocks of Muon, changes of images.</summary>
[TestClass]
[TestCategory("Slow")]
public class TrainScriptPartsTests
{
    private const string Rates = """
        import sys, json, pathlib
        sys.path.insert(0, sys.argv[1])
        import train
        recipes = json.loads(pathlib.Path(sys.argv[1], "recipes.json").read_text())
        print(json.dumps([[train.rate_at(recipe, recipe["learningRate"], done, 8) for done in range(8 * recipe["epoch"])] for recipe in recipes]))
        print(json.dumps([train.Muon.rows_of_block(rows) for rows in range(1, 1025)]))
        """;

    private const string Images = """
        import sys, pathlib
        sys.path.insert(0, sys.argv[1])
        import train, torch
        given = train.load_tensors(pathlib.Path(sys.argv[1], "given.safetensors"))
        images, figures, (height, width) = given["images"].permute(0, 3, 1, 2), given["figures"], given["images"].shape[1:3]
        made = dict(brightness=train.brightness(images, 1 + figures), contrast=train.contrast(images, 1 + figures), saturation=train.saturation(images, 1 + figures),
                    sharpness=train.sharpness(images, 1 + figures), hue=train.hue(images, figures), autocontrast=train.autocontrast(images), equalize=train.equalize(images),
                    resampled=train.resample(images, train.shear(figures, -figures, height, width).bmm(train.shift(figures, figures / 2)).bmm(train.rotation(figures, height, width))))
        made = {name: values.permute(0, 2, 3, 1) for name, values in made.items()}
        made["mirrored"] = torch.stack([train.shown_mirrored(torch.arange(50), epoch, seed) for epoch in (1, 2) for seed in (0, 7, -3, 2147483647)]).to(torch.uint8)
        recipe = dict(seed=7, randomCrop=False, randomFlip=True, balancedSampling=False, augmentation=dict(cropPaddingFraction=0.1, alternatingFlip=True, cropPaddingMode="Zero"))
        rows = torch.arange(len(images))
        made["flipped"] = train.crop_and_flip(images, rows, 1, recipe, train.Draws(torch.device("cpu"), 1)).permute(0, 2, 3, 1)
        train.save_tensors(pathlib.Path(sys.argv[1], "made.safetensors"), made, {})
        """;

    private const string Pixels = """
        import sys, pathlib, json
        sys.path.insert(0, sys.argv[1])
        import train
        recipe, size = json.loads(pathlib.Path(sys.argv[1], "recipe.json").read_text()), (16, 16)
        made = {pathlib.Path(path).name: train.fit(train.decode(path), *size, recipe["resizing"], train.background_of(recipe)).contiguous() for path in sys.argv[2:]}
        train.save_tensors(pathlib.Path(sys.argv[1], "made.safetensors"), made, {})
        """;

    private const string Photographs = """
        import sys, pathlib
        sys.path.insert(0, sys.argv[1])
        import train
        read = lambda path: train.read(path, sys.argv[2] == "True")
        if sys.argv[3] == "Pillow":
            train.read_image = None
        made = {pathlib.Path(path).name: read(path).permute(1, 2, 0).contiguous() for path in sys.argv[4:]}
        train.save_tensors(pathlib.Path(sys.argv[1], "made.safetensors"), made, {})
        """;

    [TestInitialize]
    public void Skip_without_Python() => Python.Require();

    [TestMethod]
    public void Learning_rates_and_blocks_are_the_same()
    {
        TrainingRecipe[] recipes =
        [
            .. Enum.GetValues<LearningRateSchedule>().SelectMany(schedule => new TrainingRecipe[]
            {
                new() { Epoch = 6, LearningRate = 0.1, LearningRateSchedule = schedule, LearningRateSteps = [2, 4.5] },
                new() { Epoch = 6, LearningRate = 0.1, LearningRateSchedule = schedule, LearningRateSteps = [1], LearningRateStepFactor = 0.3, WarmUpEpochs = 1.5, FinalLearningRateFactor = 0.05 },
            }),
        ];
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["train.py"], TorchrunFiles.Read("train.py"));
        File.WriteAllText(folder["recipes.json"], JsonSerializer.Serialize(recipes, TorchrunRecipe.Json));
        var (exitCode, output, error) = Python.Run(["-c", Rates, folder.Path]);
        Assert.AreEqual(0, exitCode, error);
        var lines = output.Trim().Split('\n');
        foreach (var (recipe, rates) in recipes.Zip(JsonSerializer.Deserialize<double[][]>(lines[0])!))
        {
            var curve = new LearningRateCurve(recipe);
            for (var done = 0; done < rates.Length; done++)
                Assert.AreEqual(curve.At(done, 8), rates[done], 1e-12, $"{recipe.LearningRateSchedule}, step {done.ToString(CultureInfo.InvariantCulture)}");
        }
        CollectionAssert.AreEqual(Enumerable.Range(1, 1024).Select(rows => (int)FusedMuon.RowsOfBlock(rows)).ToList(), JsonSerializer.Deserialize<List<int>>(lines[1]));
    }

    [TestMethod]
    public void Images_are_changed_alike()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var images = randint(256, [6, 9, 7, 3], generator: generator).to(ScalarType.Float32);
        var figures = rand([6], generator: generator) * 0.6 - 0.3;
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["train.py"], TorchrunFiles.Read("train.py"));
        var given = new Dictionary<string, SafeTensorEntry> { ["images"] = Entry(images), ["figures"] = Entry(figures) };
        AtomicFile.Write(folder["given.safetensors"], new SafeTensors(new Dictionary<string, string>(), given).Write);
        var (exitCode, _, error) = Python.Run(["-c", Images, folder.Path]);
        Assert.AreEqual(0, exitCode, error);

        var factors = figures + 1;
        var maps = AffineMaps.Shear(figures, -figures, 9, 7).bmm(AffineMaps.Shift(figures, figures / 2)).bmm(AffineMaps.Rotation(figures, 9, 7));
        var turns = new[] { 1, 2 }.SelectMany(epoch => new[] { 0, 7, -3, int.MaxValue }.Select(seed => new FlipAlternation(seed).Of(arange(50), epoch).to(ScalarType.Byte)));
        var flipped = where(new FlipAlternation(7).Of(arange(6), 1).view(-1, 1, 1, 1), images.flip(2), images);
        var expected = new Dictionary<string, Tensor>
        {
            ["brightness"] = ColourOperations.Brightness(images, factors),
            ["contrast"] = ColourOperations.Contrast(images, factors),
            ["saturation"] = ColourOperations.Saturation(images, factors),
            ["sharpness"] = ColourOperations.Sharpness(images, factors),
            ["hue"] = ColourOperations.Hue(images, figures),
            ["autocontrast"] = ColourOperations.AutoContrast(images),
            ["equalize"] = ColourOperations.Equalize(images),
            ["resampled"] = AffineMaps.Resample(images, maps),
            ["flipped"] = flipped,
        };
        using var file = File.OpenRead(folder["made.safetensors"]);
        var made = SafeTensors.Read(file).Tensors;
        foreach (var (name, tensor) in expected)
        {
            var (ours, theirs) = (tensor.contiguous().data<float>().ToArray(), made[name].ToFloats()!);
            Assert.HasCount(ours.Length, theirs);
            Assert.IsLessThan(0.02, ours.Zip(theirs, (a, b) => Math.Abs(a - b)).Max(), name);
        }
        CollectionAssert.AreEqual(stack(turns).contiguous().data<byte>().ToArray(), made["mirrored"].ToArray());
    }

    [TestMethod]
    [DataRow("ffffff", 16)]
    [DataRow("c8965a", 16)]
    [DataRow("c8965a", 12)]
    public void Transparent_images_have_the_same_pixels(string background, int height)
    {
        using var folder = new TempFolder();
        var options = new Rf3dImageClassificationTrainer.Options { Background = RgbColor.Parse(background), Resizing = ImageResizingEstimator.ResizingKind.IsoPad };
        File.WriteAllBytes(folder["train.py"], TorchrunFiles.Read("train.py"));
        File.WriteAllBytes(folder["recipe.json"], TorchrunRecipe.Of(options, ["a", "b"], 1).ToJson());
        string[] files = [Draw(folder["transparent.png"], height, hasAlpha: true), Draw(folder["opaque.png"], height, hasAlpha: false)];
        var (exitCode, _, error) = Python.Run(["-c", Pixels, folder.Path, .. files]);
        Assert.AreEqual(0, exitCode, error);

        using var made = File.OpenRead(folder["made.safetensors"]);
        var tensors = SafeTensors.Read(made).Tensors;
        var preprocessing = new ImagePreprocessing { ImageColumnName = "Image", Height = 16, Width = 16, Resizing = options.Resizing, Background = options.Background };
        var mlContext = new MLContext(1);
        foreach (var file in files)
        {
            using var image = MLImage.CreateFromFile(file);
            var row = mlContext.Data.LoadFromEnumerable(new[] { new SmallTask.Row { Image = image } });
            var planes = preprocessing.Apply(mlContext.Transforms, row).GetColumn<float[]>(ImagePreprocessing.PixelsColumnName).Single();
            var expected = new PixelComposer(preprocessing).Planes(planes);
            var actual = tensors[Path.GetFileName(file)].ToArray();
            Assert.HasCount(expected.Length, actual);
            for (var i = 0; i < expected.Length; i++)
                Assert.AreEqual(expected[i], actual[i], $"{Path.GetFileName(file)}, value {i}");
        }
    }

    [TestMethod]
    [DataRow(true, "torchvision")]
    [DataRow(true, "Pillow")]
    [DataRow(false, "Pillow")]
    public void Photographs_are_upright_where_the_recipe_says_so(bool isUpright, string decoder)
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["train.py"], TorchrunFiles.Read("train.py"));
        var files = (from format in new[] { "jpeg", "png", "webp" } from orientation in Enumerable.Range(1, 8) select (Format: format, Orientation: orientation)).ToList();
        foreach (var (format, orientation) in files)
            File.WriteAllBytes(folder[$"{orientation}.{format}"], PictureFiles.Photograph(format, orientation));
        var bigEndian = PictureFiles.Encode("jpeg", PictureFiles.Width, PictureFiles.Height, PictureFiles.Upright);
        File.WriteAllBytes(folder["big.jpeg"], PictureFiles.WithExif("jpeg", bigEndian, PictureFiles.Exif(6, isBigEndian: true)));
        File.WriteAllBytes(folder["wrong.jpeg"], PictureFiles.WithExif("jpeg", bigEndian, [.. "II*\0"u8, 8, 0, 0, 0, 255, 255]));
        string[] names = [.. files.Select(file => $"{file.Orientation}.{file.Format}"), "big.jpeg", "wrong.jpeg"];
        var (exitCode, _, error) = Python.Run(["-c", Photographs, folder.Path, $"{isUpright}", decoder, .. names.Select(name => folder[name])]);
        Assert.AreEqual(0, exitCode, error);

        using var made = File.OpenRead(folder["made.safetensors"]);
        var tensors = SafeTensors.Read(made).Tensors;
        foreach (var name in names)
        {
            using var image = ImageReader.Read(folder[name], applyOrientation: isUpright);
            CollectionAssert.AreEqual(new long[] { image.Height, image.Width, 3 }, tensors[name].Shape, name);
            var (ours, theirs) = (image.Pixels.ToArray(), tensors[name].ToArray());
            // Blue, green, red and alpha here; gray, so that their order does not matter.
            for (var i = 0; i < image.Height * image.Width; i++)
                Assert.AreEqual(ours[4 * i], theirs[3 * i], 6, $"{name}, pixel {i}");
        }
    }

    /// <summary>Noise of all alphas, as wide as the network.</summary>
    private static string Draw(string path, int height, bool hasAlpha)
    {
        var random = new Random(6);
        using var bitmap = new SKBitmap(new SKImageInfo(16, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        for (var place = 0; place < 16 * height; place++)
            bitmap.SetPixel(place % 16, place / 16, new SKColor((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256), hasAlpha ? (byte)random.Next(256) : byte.MaxValue));
        using var file = File.Create(path);
        bitmap.Encode(SKEncodedImageFormat.Png, 100).SaveTo(file);
        return path;
    }

    private static SafeTensorEntry Entry(Tensor tensor) => TorchrunTensors.Of(new WeightTensor(tensor.shape, tensor.contiguous().data<float>().ToArray()));
}
