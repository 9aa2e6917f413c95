using System.Globalization;
using System.Text.Json;
using Rf3d.Planning;
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

    private static SafeTensorEntry Entry(Tensor tensor) => TorchrunTensors.Of(new WeightTensor(tensor.shape, tensor.contiguous().data<float>().ToArray()));
}
