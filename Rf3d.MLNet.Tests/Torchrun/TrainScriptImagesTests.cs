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

/// <summary>train.py finds, reads, prepares and changes images as the library does.</summary>
[TestClass]
[TestCategory("Slow")]
public class TrainScriptImagesTests
{
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
        else:
            assert train.read_image is not None
        made = {pathlib.Path(path).name: read(path).permute(1, 2, 0).contiguous() for path in sys.argv[4:]}
        train.save_tensors(pathlib.Path(sys.argv[1], "made.safetensors"), made, {})
        """;

    [TestInitialize]
    public void Skip_without_Python() => Python.Require();

    [TestMethod]
    public void Images_are_changed_alike()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var images = randint(256, [6, 9, 7, 3], generator: generator).to(ScalarType.Float32);
        var figures = rand([6], generator: generator) * 0.6 - 0.3;
        using var folder = new TempFolder();
        var given = new Dictionary<string, SafeTensorEntry> { ["images"] = Entry(images), ["figures"] = Entry(figures) };
        AtomicFile.Write(folder["given.safetensors"], new SafeTensors(new Dictionary<string, string>(), given).Write);
        TrainScript.Run(folder, Images);

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
        var given = new Dictionary<string, SafeTensorEntry> { ["images"] = new("U8", images.shape, images.data<byte>().ToArray()) };
        AtomicFile.Write(folder["given.safetensors"], new SafeTensors(new Dictionary<string, string>(), given).Write);
        TrainScript.Run(folder, Crops, padding.ToString());

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
        TrainScript.Run(folder, Grey);
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
        var output = TrainScript.Run(folder, Files, folder["data"], folder["parts"]);

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
        foreach (var name in new[] { "a/1.png", "a/2.png", "b/1.png", "b/2.png", "b/3.png" })
            File.WriteAllText(folder.New("data", name), "");
        Assert.AreEqual("[[0, 1], [0, 1, 1]]", TrainScript.Run(folder, Shares, folder["data"]));
    }

    [TestMethod]
    [DataRow("ffffff", 16)]
    [DataRow("c8965a", 16)]
    [DataRow("c8965a", 12)]
    public void Transparent_images_have_the_same_pixels(string background, int height)
    {
        using var folder = new TempFolder();
        var options = new Rf3dImageClassificationTrainer.Options { Background = RgbColor.Parse(background), Resizing = ImageResizingEstimator.ResizingKind.IsoPad };
        File.WriteAllBytes(folder["recipe.json"], TorchrunRecipe.Of(options, ["a", "b"], 1).ToJson());
        string[] files = [Draw(folder["transparent.png"], height, hasAlpha: true), Draw(folder["opaque.png"], height, hasAlpha: false)];
        TrainScript.Run(folder, Pixels, files);

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
        if (decoder == "torchvision")
            Python.RequireTorchvision();
        using var folder = new TempFolder();
        var files = (from format in new[] { "jpeg", "png", "webp" } from orientation in Enumerable.Range(1, 8) select (Format: format, Orientation: orientation)).ToList();
        foreach (var (format, orientation) in files)
            File.WriteAllBytes(folder[$"{orientation}.{format}"], PictureFiles.Photograph(format, orientation));
        var bigEndian = PictureFiles.Encode("jpeg", PictureFiles.Width, PictureFiles.Height, PictureFiles.Upright);
        File.WriteAllBytes(folder["big.jpeg"], PictureFiles.WithExif("jpeg", bigEndian, PictureFiles.Exif(6, isBigEndian: true)));
        File.WriteAllBytes(folder["wrong.jpeg"], PictureFiles.WithExif("jpeg", bigEndian, [.. "II*\0"u8, 8, 0, 0, 0, 255, 255]));
        string[] names = [.. files.Select(file => $"{file.Orientation}.{file.Format}"), "big.jpeg", "wrong.jpeg"];
        TrainScript.Run(folder, Photographs, [$"{isUpright}", decoder, .. names.Select(name => folder[name])]);

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
