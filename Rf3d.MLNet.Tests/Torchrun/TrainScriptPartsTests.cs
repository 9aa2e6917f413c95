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

/// <summary>What train.py and the library both have: learning rates, blocks of Muon, losses, precision, changes of images, formats and folders.</summary>
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
        made["flipped"] = train.crop_and_flip(images, (height, width), rows, 1, recipe, train.Draws(torch.device("cpu"), 1)).permute(0, 2, 3, 1)
        train.save_tensors(pathlib.Path(sys.argv[1], "made.safetensors"), made, {})
        """;

    private const string Crops = """
        import sys, pathlib
        sys.path.insert(0, sys.argv[1])
        import train, torch
        class Draws:
            def integers(self, count, low, high):
                return low + torch.arange(count) % (high - low)
        images = train.load_tensors(pathlib.Path(sys.argv[1], "given.safetensors"))["images"].permute(0, 3, 1, 2)
        recipe = dict(seed=7, randomCrop=True, randomFlip=True, balancedSampling=False, augmentation=dict(cropPaddingFraction=0.5, alternatingFlip=True, cropPaddingMode=sys.argv[2]))
        made = dict(middle=train.middle(images, 8, 7), moved=train.crop_and_flip(images, (8, 7), torch.arange(len(images)), 1, recipe, Draws()))
        train.save_tensors(pathlib.Path(sys.argv[1], "made.safetensors"), {name: values.permute(0, 2, 3, 1) for name, values in made.items()}, {})
        """;

    private const string Grey = """
        import sys, pathlib, types
        sys.path.insert(0, sys.argv[1])
        import train, torch
        from PIL import Image
        values = [257 * value for value in range(256)]
        path = str(pathlib.Path(sys.argv[1], "grey.png"))
        Image.frombytes("I;16", (16, 16), b"".join(value.to_bytes(2, "little") for value in values)).save(path)
        train.read_image = None
        made = dict(pillow=train.decode(path).contiguous())
        # As torchvision reads it, in the type that every torch has.
        train.read_image = lambda *_: torch.tensor(3 * values + 256 * [65535], dtype=torch.int32).view(4, 16, 16)
        train.ImageReadMode = types.SimpleNamespace(RGB="RGB", RGB_ALPHA="RGB_ALPHA")
        made["torchvision"] = train.decode(path).contiguous()
        train.save_tensors(pathlib.Path(sys.argv[1], "made.safetensors"), made, {})
        """;

    private const string Files = """
        import sys, json
        sys.path.insert(0, sys.argv[1])
        import train
        classes, unused = ["a", "b"], {}
        data, parts = sys.argv[2], [train.part_of(sys.argv[3], words, classes) for words in (train.TRAINING, train.VALIDATION)]
        print(json.dumps(dict(images=[path for path, _ in train.scan(data, classes, unused)], unused=sorted(unused), parts=parts)))
        """;

    private const string Shares = """
        import sys, json
        sys.path.insert(0, sys.argv[1])
        import train
        parts = train.load_sets(sys.argv[2], dict(classes=["a", "b"], seed=1, validationSetFraction=0.9), {})
        print(json.dumps([[label for _, label in images] for images in parts]))
        """;

    private const string Losses = """
        import sys, json
        sys.path.insert(0, sys.argv[1])
        import train, torch
        import torch.nn.functional as F
        torch.manual_seed(1)
        logits, labels, weights = torch.randn(8, 3), torch.tensor([0, 0, 0, 0, 1, 2, 2, 1]), torch.tensor([1.0, 2.0, 3.0])
        class Two:
            count = 2
            def sum(self, _):
                return weights[labels].sum()
        def gradient(logits, labels, loss):
            logits = logits.clone().requires_grad_()
            loss(logits, labels).backward()
            return logits.grad
        whole = gradient(logits, labels, lambda x, y: F.cross_entropy(x, y, weights, label_smoothing=0.1))
        # DistributedDataParallel takes the mean of the gradients.
        halves = [gradient(logits[part], labels[part], lambda x, y: train.loss_of(x, y, weights, 0.1, Two()) / 2) for part in (slice(0, 4), slice(4, 8))]
        print(json.dumps((whole - torch.cat(halves)).abs().max().item()))
        """;

    private const string Heads = """
        import sys, json
        sys.path.insert(0, sys.argv[1])
        import train, torch
        head = train.Head(dict(pooling="GlobalAverage", dropout=0.0, hiddenLayers=[5]), 3, (7, 4, 4)).eval()
        maps = torch.rand(2, 7, 4, 4)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = head(maps)
        print(json.dumps([str(logits.dtype), (logits.float() - head(maps)).abs().max().item()]))
        """;

    private const string Precisions = """
        import sys, json
        sys.path.insert(0, sys.argv[1])
        import train, torch
        torch.cuda.is_bf16_supported = lambda *_, **__: True
        def precision(capability):
            torch.cuda.get_device_capability = lambda *_: capability
            training = train.Training.__new__(train.Training)
            training.recipe, training.device = dict(precision="Auto"), torch.device("cuda", 0)
            return training.settle_precision()
        print(json.dumps([precision((major, 0)) for major in (7, 8, 9)]))
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
    [DataRow(CropPaddingMode.Reflect)]
    [DataRow(CropPaddingMode.Zero)]
    public void Crops_are_taken_and_moved_alike(CropPaddingMode padding)
    {
        const int count = 9;
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var images = randint(256, [count, 12, 11, 3], generator: generator).to(ScalarType.Byte);
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["train.py"], TorchrunFiles.Read("train.py"));
        var given = new Dictionary<string, SafeTensorEntry> { ["images"] = new("U8", images.shape, images.data<byte>().ToArray()) };
        AtomicFile.Write(folder["given.safetensors"], new SafeTensors(new Dictionary<string, string>(), given).Write);
        var (exitCode, _, error) = Python.Run(["-c", Crops, folder.Path, padding.ToString()]);
        Assert.AreEqual(0, exitCode, error);

        using var tables = new CropTables(new Size2D(12, 11), new Size2D(8, 7), 0.5, isBlack: padding == CropPaddingMode.Zero, CPU);
        // Beyond both borders.
        Assert.AreEqual((4L, 4L), (tables.RowReach, tables.ColumnReach));
        var shifts = arange(count) - 4;
        var moved = tables.Crop(images.view(-1, 3), arange(count) * (12 * 11), shifts + tables.RowReach, tables.ColumnsOf(shifts, new FlipAlternation(7).Of(arange(count), 1)));
        using var made = File.OpenRead(folder["made.safetensors"]);
        var tensors = SafeTensors.Read(made).Tensors;
        CollectionAssert.AreEqual(images.narrow(1, 2, 8).narrow(2, 2, 7).contiguous().data<byte>().ToArray(), tensors["middle"].ToArray());
        CollectionAssert.AreEqual(moved.contiguous().data<byte>().ToArray(), tensors["moved"].ToArray());
    }

    [TestMethod]
    [DataRow("pillow")]
    [DataRow("torchvision")]
    public void Values_of_16_bits_are_read_as_their_upper_bytes(string decoder)
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["train.py"], TorchrunFiles.Read("train.py"));
        var (exitCode, _, error) = Python.Run(["-c", Grey, folder.Path]);
        Assert.AreEqual(0, exitCode, error);
        using var made = File.OpenRead(folder["made.safetensors"]);
        var tensor = SafeTensors.Read(made).Tensors[decoder];
        CollectionAssert.AreEqual(new long[] { 3, 16, 16 }, tensor.Shape);
        using var image = ImageReader.Read(folder["grey.png"]);
        var (ours, theirs) = (image.Pixels.ToArray(), tensor.ToArray());
        for (var i = 0; i < theirs.Length; i++)
        {
            Assert.AreEqual(i % 256, theirs[i], $"value {i}");
            Assert.AreEqual(ours[4 * (i % 256)], theirs[i], $"value {i}");
        }
    }

    [TestMethod]
    public void The_files_that_the_library_reads_are_read_and_others_are_named()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["train.py"], TorchrunFiles.Read("train.py"));
        var (photograph, tiff) = (PictureFiles.Photograph("png", 1), PictureFiles.Tiff(4, 4, new byte[48]));
        foreach (var extension in ImageFormats.Extensions)
            File.WriteAllText(folder.New("data", "a", $"1{extension}"), "");
        foreach (var (name, content) in new[] { ("2", photograph), ("3.upper.JPG", photograph), ("4.photo", tiff), ("5.dng", tiff), ("6.txt", "text"u8.ToArray()), ("7.bmx", "BM is no bitmap here"u8.ToArray()), (".8.png", photograph) })
            File.WriteAllBytes(folder.New("data", "b", "deep", name), content);
        File.WriteAllBytes(folder.New("elsewhere", "9.png"), photograph);
        File.CreateSymbolicLink(folder["data", "b", "10.png"], folder["data", "b", "deep", "2"]);
        Directory.CreateSymbolicLink(folder["data", "b", "out"], folder["elsewhere"]);
        Directory.CreateSymbolicLink(folder["data", "b", "back"], folder["data", "a"]);
        foreach (var part in new[] { "training_set", "VAL-images", "test", ".validation" })
            File.WriteAllBytes(folder.New("parts", part, "a", "1.png"), photograph);
        var (exitCode, output, error) = Python.Run(["-c", Files, folder.Path, folder["data"], folder["parts"]]);
        Assert.AreEqual(0, exitCode, error);

        using var found = JsonDocument.Parse(output);
        var expected = new MLContext(1).Data.LoadImageFolder(folder["data"]).Paths.ToList();
        CollectionAssert.AreEqual(expected, Texts("images"));
        CollectionAssert.AreEqual(
            new[] { ".bmx files that are not images", ".dng files that are not images", ".txt files that are not images", "links to files that are in the data set already", "links to folders that are in the data set already" },
            Texts("unused"));
        var layout = ImageFolderLayout.Find(folder["parts"]);
        CollectionAssert.AreEqual(new[] { layout.TrainFolder, layout.ValidationFolder }, Texts("parts"));

        List<string?> Texts(string name) => [.. found.RootElement.GetProperty(name).EnumerateArray().Select(text => text.GetString())];
    }

    [TestMethod]
    public void Each_class_keeps_an_image_to_learn_from()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["train.py"], TorchrunFiles.Read("train.py"));
        foreach (var name in new[] { "a/1.png", "a/2.png", "b/1.png", "b/2.png", "b/3.png" })
            File.WriteAllText(folder.New("data", name), "");
        Assert.AreEqual("[[0, 1], [0, 1, 1]]", Printed(Shares, folder.Path, folder["data"]));
    }

    [TestMethod]
    public void Weights_of_classes_count_the_same_on_any_number_of_workers() => Assert.IsLessThan(1e-6, double.Parse(PrintedByTrain(Losses), CultureInfo.InvariantCulture));

    [TestMethod]
    public void The_head_computes_in_float32_beside_kernels_in_bfloat16() => Assert.AreEqual("[\"torch.float32\", 0.0]", PrintedByTrain(Heads));

    [TestMethod]
    public void Bfloat16_is_chosen_for_GPUs_that_have_it_and_not_for_those_that_emulate_it() =>
        Assert.AreEqual("[\"TensorFloat32\", \"BFloat16\", \"BFloat16\"]", PrintedByTrain(Precisions));

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

    private static string PrintedByTrain(string script)
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["train.py"], TorchrunFiles.Read("train.py"));
        return Printed(script, folder.Path);
    }

    private static string Printed(string script, params string[] arguments)
    {
        var (exitCode, output, error) = Python.Run(["-c", script, .. arguments]);
        Assert.AreEqual(0, exitCode, error);
        return output.Trim();
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
