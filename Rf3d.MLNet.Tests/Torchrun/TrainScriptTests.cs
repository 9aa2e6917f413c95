using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using Rf3d.MLNet.Tests.Estimator;
using Rf3d.MLNet.Tests.Images;
using Rf3d.MLNet.Tests.Planning.Networks;
using Rf3d.Planning;
using SkiaSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Torchrun;

/// <summary>train.py under Python: one more reader of the description of a network, and a training by several processes.</summary>
[TestClass]
[TestCategory("Slow")]
public class TrainScriptTests
{
    private const string CheckAll = """
        import sys, json, pathlib
        sys.path.insert(0, sys.argv[1])
        import train
        print(json.dumps({name: train.check(pathlib.Path(sys.argv[1], name)) for name in sys.argv[2:]}))
        """;

    private const string Begun = """
        import sys, json, argparse
        sys.path.insert(0, sys.argv[1])
        import train
        arguments = argparse.Namespace(data=sys.argv[2], output=sys.argv[1], workers=0, checkpoint_minutes=10)
        training = train.Training(arguments, train.Workers("cpu"))
        print(json.dumps([training.train[row][1] for batch in training.plain_batches.rows for row in batch]))
        """;

    [TestInitialize]
    public void Skip_without_Python() => Python.Require();

    [TestMethod]
    public void Logits_are_the_same_for_every_network()
    {
        using var folder = new TempFolder();
        var networks = Networks().ToList();
        for (var i = 0; i < networks.Count; i++)
            Write(Path.GetDirectoryName(folder.New($"{i}", "plan.json"))!, networks[i], testTimeFlip: i == 0);
        File.WriteAllBytes(folder["train.py"], TorchrunFiles.Read("train.py"));
        var (exitCode, output, error) = Python.Run(["-c", CheckAll, folder.Path, .. Enumerable.Range(0, networks.Count).Select(i => i.ToString(CultureInfo.InvariantCulture))]);
        Assert.AreEqual(0, exitCode, error);
        var differences = JsonSerializer.Deserialize<Dictionary<int, double>>(output)!;
        foreach (var (place, difference) in differences)
            Assert.IsLessThan(1e-3, difference, networks[place].Name);
        Assert.HasCount(networks.Count, differences);
    }

    [TestMethod]
    [DataRow("\"depthwise\"", "\"involution\"", "stage1.block2.layer1 has the kind 'involution'")]
    [DataRow("\"rollingPointwise\"", "\"rolling\"", "stage1.block2.layer2 has the kind 'rolling'")]
    [DataRow("\"Relu\"", "\"Gelu\"", "layer1 has the activation 'Gelu'")]
    [DataRow("\"max\"", "\"median\"", "stage1.pool has the kind 'median'")]
    public void Kinds_that_are_not_known_are_named_with_their_layer(string known, string unknown, string text)
    {
        using var folder = new ExportedFolder();
        folder.Replace("plan.json", known, unknown);
        var (exitCode, _, error) = Python.Run([folder["train.py"], "--check"]);
        Assert.AreEqual(1, exitCode);
        Assert.Contains(text, error);
    }

    [TestMethod]
    public void Two_workers_train_lose_one_and_resume_and_their_weights_are_a_model()
    {
        // The network sees 16 of 22 pixels.
        using var folder = new ExportedFolder(options => (options.Epoch, options.EmaDecay, options.CropFraction, options.Augmentation) = (8, 0.5, 0.75, new() { CutMixAlpha = 1 }));
        using var data = new TempFolder();
        Draw(data);
        var killed = false;
        var (exitCode, output, error) = Python.Run([.. Torchrun(folder), folder["train.py"], "--data", data.Path, "--workers", "0", "--checkpoint-minutes", "0"], (torchrun, line) =>
        {
            if (killed || !line.Contains("\"epoch\": 2,", StringComparison.Ordinal))
                return;
            killed = true;
            using var worker = Python.Worker(torchrun, 1);
            worker.Kill();
        });
        Assert.AreEqual(0, exitCode, error);
        Assert.IsTrue(killed, output);
        Assert.Contains("Resuming from", error);
        var losses = Figures(folder["metrics.jsonl"]);
        Assert.HasCount(8, losses);

        // Without the loss of a worker all epochs are the same.
        var (otherExitCode, _, otherError) = Python.Run([.. Torchrun(folder), folder["train.py"], "--data", data.Path, "--workers", "0", "--output", folder["other"]]);
        Assert.AreEqual(0, otherExitCode, otherError);
        var others = Figures(Path.Combine(folder["other"], "metrics.jsonl"));
        for (var i = 0; i < 8; i++)
        {
            foreach (var (one, other) in losses[i].Zip(others[i]))
                Assert.AreEqual(other, one, 1e-4 * (1 + one), $"epoch {i + 1}");
        }
        AssertSameWeights(folder["trained.safetensors"], Path.Combine(folder["other"], "trained.safetensors"));

        var (mlContext, path) = (new MLContext(1), folder["model.zip"]);
        using (var model = TorchrunImport.Load(mlContext, folder.Path, out var schema))
            mlContext.Model.Save(model, schema, path);
        using var saved = Rf3dSavedModel.Load(new MLContext(), path);
        Assert.AreEqual("2 x cpu", saved.History!.Device);
        Assert.HasCount(8, saved.History.Epochs);
        var accuracy = saved.History.Epochs[saved.History.BestEpoch - 1].ValidationAccuracy!.Value;
        Assert.IsGreaterThan(0.8, accuracy);
        Assert.AreEqual((22, 22), (saved.ImageHeight, saved.ImageWidth));
        using (var file = File.OpenRead(folder["trained.safetensors"]))
        {
            var validated = TorchrunResult.Read(file, NetworkLayout.Of(ExportedFolder.Plan.Optimized), new Dictionary<string, string>(), "test").Validated!;
            Assert.AreEqual(saved.History.ValidationImages, validated.Count);
            Assert.AreEqual(accuracy, Enumerable.Range(0, validated.Count).Average(image => validated.PredictedOf(image) == validated.Labels[image] ? 1.0 : 0), 1e-9);
        }
        var files = Directory.GetFiles(data.Path, "*.png", SearchOption.AllDirectories);
        var hits = saved.Predict(files).Count(prediction => saved.Classes[prediction.PredictedIndex] == Path.GetFileName(Path.GetDirectoryName(prediction.Path!)));
        Assert.IsGreaterThan(0.8, (double)hits / files.Length);
    }

    [TestMethod]
    [DataRow(TrainingOptimizer.Muon, 0.05)]
    [DataRow(TrainingOptimizer.Sgd, 0.05)]
    [DataRow(TrainingOptimizer.AdamW, 0.002)]
    public void Three_steps_on_all_images_give_the_logits_of_the_library(TrainingOptimizer optimizer, double rate)
    {
        const int count = 24;
        using var folder = new ExportedFolder(options =>
        {
            (options.Optimizer, options.LearningRate, options.BatchSize, options.Epoch, options.ValidationSetFraction) = (optimizer, rate, count, 3, 0);
            (options.RandomCrop, options.RandomFlip, options.EmaDecay, options.MaxGradientNorm, options.ClassWeights) = (false, false, 0.5, 5, ClassWeights.Of(1, 2, 3));
            (options.ChannelMean, options.ChannelStandardDeviation) = ([0.5, 0.5, 0.5], [0.25, 0.25, 0.25]);
        });
        using var data = new TempFolder();
        var pixels = DrawNoise(data, count);
        var (exitCode, _, error) = Python.Run([folder["train.py"], "--data", data.Path, "--workers", "0"]);
        Assert.AreEqual(0, exitCode, error);

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var layout = NetworkLayout.Of(ExportedFolder.Plan.Optimized);
        using var start = File.OpenRead(folder["init.safetensors"]);
        var statistics = new ChannelStatistics([127.5f, 127.5f, 127.5f], [63.75f, 63.75f, 63.75f]);
        var weights = TorchrunTensors.Read(layout, SafeTensors.Read(start).Tensors, statistics, "test", "");
        var recipe = TorchrunRecipe.Parse(File.ReadAllBytes(folder["recipe.json"])).Training;
        using var images = ImageSets.Of(tensor(pixels).reshape(count, 16, 16, 3), arange(count).remainder(3));
        TrainedNetwork trained;
        using (enable_grad())
            trained = new TrainingSession(layout, new(recipe, 7, CPU) { ClassWeights = [1, 2, 3] }, new(images, arange(count)), null, statistics) { WarmStart = _ => weights }.Run(CancellationToken.None);

        using var generator = new Generator(0);
        using var network = new TorchNetwork(layout, generator);
        network.Import(trained.Weights);
        network.eval();
        using var file = File.OpenRead(folder["trained.safetensors"]);
        var tensors = SafeTensors.Read(file).Tensors;
        var shown = tensor(tensors["check.images"].ToArray()).reshape(tensors["check.images"].Shape).to(ScalarType.Float32);
        var expected = network.call((shown - 127.5f) / 63.75f).contiguous().data<float>().ToArray();
        var actual = tensors["check.logits"].ToFloats()!;
        var scale = 1 + expected.Max(Math.Abs);
        var difference = expected.Zip(actual, (ours, theirs) => Math.Abs(ours - theirs)).Max() / scale;
        Assert.IsLessThan(1e-3, difference, $"{optimizer}: {difference} of {scale}");
        var losses = File.ReadAllLines(folder["metrics.jsonl"]).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("loss").GetDouble());
        foreach (var (ours, theirs) in trained.History.Epochs.Select(epoch => epoch.Loss).Zip(losses))
            Assert.AreEqual(ours, theirs, 1e-3 * (1 + ours));
    }

    [TestMethod]
    public void Normalisation_is_measured_on_images_that_are_drawn_as_those_of_an_epoch()
    {
        using var folder = new ExportedFolder(options => options.BalancedSampling = true);
        using var data = new TempFolder();
        Draw(data);
        foreach (var number in Enumerable.Range(2, 22))
            File.Delete(data["red", $"{number:00}.png"]);
        var (exitCode, output, error) = Python.Run(["-c", Begun, folder.Path, data.Path]);
        Assert.AreEqual(0, exitCode, error);
        var labels = JsonSerializer.Deserialize<int[]>(output)!;
        // A third of the draws, by chance; it is a fiftieth of the images.
        Assert.IsGreaterThan(0.1, (double)labels.Count(label => label == 2) / labels.Length);
    }

    [TestMethod]
    public void A_training_that_cannot_begin_says_why()
    {
        using var folder = new ExportedFolder();
        using var data = new TempFolder();
        Draw(data);
        void Fails(string text, params string[] arguments)
        {
            var (exitCode, _, error) = Python.Run([folder["train.py"], .. arguments]);
            Assert.AreEqual(1, exitCode, error);
            Assert.Contains(text, error);
        }
        Fails("there is no folder", "--data", data["absent"]);
        SmallTask.WritePng(data.New("violet", "1.png"), [128, 0, 255], 16, 16);
        Fails("has a folder 'violet', which is no class of recipe.json", "--data", data.Path);
        File.WriteAllText(data.New("red", "cut.png"), "no image");
        Directory.Delete(data["violet"], recursive: true);
        Fails("cut.png' cannot be read", "--data", data.Path, "--workers", "0");
        folder.Replace("recipe.json", "\"version\": 1", "\"version\": 9");
        Fails("recipe.json has version 9", "--data", data.Path);
    }

    // Without redirection torch 1.13 fails under Python 3.11, whose enumerations do not list a member of value 0.
    private static string[] Torchrun(ExportedFolder folder) =>
        ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", "--max_restarts", "2", "--redirects", "2", "--tee", "2", "--log_dir", folder["logs"]];

    /// <returns>For each epoch the losses, and the accuracy in training.</returns>
    private static List<double[]> Figures(string metrics) =>
        [.. File.ReadAllLines(metrics).Select(line => JsonDocument.Parse(line).RootElement).Select(epoch => Array.ConvertAll(["validationLoss", "loss", "accuracy"], name => epoch.GetProperty(name).GetDouble()))];

    private static IEnumerable<ConvNet> Networks()
    {
        foreach (var architecture in Enum.GetValues<Architecture>())
        {
            yield return ConvNetFactory.Create(architecture, 20, 28, 3, 0.125);
            yield return ConvNetFactory.Create(architecture, 72, 65, 3, 0.125);
        }
        foreach (var decomposition in new[] { "dw+pw", "dw+shuffle+gpw-g2", "dw+rpw-g4-o33", "dw+rpw-g2-o50" })
        {
            foreach (var architecture in new[] { Architecture.Vgg11, Architecture.MobileNet, Architecture.ResNet18, Architecture.ResNet50 })
            {
                var plan = NetworkPlan.Create(ConvNetFactory.Create(architecture, 32, 32, 3, 0.125), OrganizerOptions.Off, Decomposition.Parse(decomposition) with { Rule = ReplacementRuleMode.Ignored });
                yield return plan.Optimized with { Name = $"{plan.Optimized.Name} {decomposition}" };
            }
        }
        foreach (var activation in Enum.GetValues<Activation>())
        {
            yield return new()
            {
                Name = activation.ToString(),
                Input = new TensorShape(3, 13, 11),
                Classes = 3,
                Stages =
                [
                    new()
                    {
                        Blocks = [new() { Layers = [new Convolution { Filters = 8, Size = new Size2D(3, 5), Dilation = new Size2D(1, 2), Activation = activation, Bias = true }], Residual = true, SumActivation = activation }],
                        Pool = new AveragePool(3, 2, 1),
                    },
                ],
                Head = new() { Pooling = HeadPooling.Flatten, HiddenLayers = [7], Dropout = 0.5 },
            };
        }
        foreach (var downsampling in Enum.GetValues<ResidualDownsampling>())
        {
            yield return new()
            {
                Name = downsampling.ToString(),
                Input = new TensorShape(3, 13, 11),
                Classes = 3,
                Stages = [new() { Blocks = [Block.Convolution(4), Block.Basic(8, stride: new Size2D(3, 2)) with { Downsampling = downsampling }] }],
            };
        }
        yield return ConvNetTests.Mixed with { Classes = 3 };
    }

    /// <summary>Writes the files of the export, with normalisation that is not the identity.</summary>
    private static void Write(string folder, ConvNet network, bool testTimeFlip)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var generator = new Generator(3);
        var layout = NetworkLayout.Of(network);
        using var trained = new TorchNetwork(layout, generator);
        foreach (var norm in trained.Norms)
        {
            foreach (var tensor in new[] { norm.Scale, norm.Shift, norm.Mean, norm.Variance })
                tensor.add_(rand(tensor.shape, generator: generator) / 2);
        }
        var start = new TorchrunStart(trained.Export(), null, null);
        AtomicFile.Write(Path.Combine(folder, "init.safetensors"), TorchrunTensors.FileOf(start.Weights).Write);
        AtomicFile.Write(Path.Combine(folder, "check.safetensors"), start.Check(layout, 3, testTimeFlip).Write);
        File.WriteAllBytes(Path.Combine(folder, "plan.json"), JsonSerializer.SerializeToUtf8Bytes(StoredPlan.Of(NetworkPlan.Create(network, OrganizerOptions.Off)), TorchrunRecipe.Json));
        var options = ExportedFolder.Options;
        options.TestTimeFlip = testTimeFlip;
        File.WriteAllBytes(Path.Combine(folder, "recipe.json"), TorchrunRecipe.Of(options, ["a", "b", "c"], 3).ToJson());
    }

    private static void Draw(TempFolder data)
    {
        var random = new Random(5);
        for (var label = 0; label < 3; label++)
        {
            for (var i = 0; i < 24; i++)
            {
                var colour = new byte[3];
                random.NextBytes(colour);
                for (var channel = 0; channel < 3; channel++)
                    colour[channel] = (byte)(channel == 2 - label ? 160 + (colour[channel] % 90) : colour[channel] % 110);
                SmallTask.WritePng(data.New(ExportedFolder.Classes[label], $"{i:00}.png"), colour, 16, i % 4 == 0 ? 20 : 16);
            }
        }
    }

    /// <returns>Red, green and blue of each image, in turn of each class.</returns>
    private static byte[] DrawNoise(TempFolder data, int count)
    {
        var pixels = new byte[count * 16 * 16 * 3];
        new Random(8).NextBytes(pixels);
        for (var i = 0; i < count; i++)
        {
            using var bitmap = new SKBitmap(new SKImageInfo(16, 16, SKColorType.Rgba8888, SKAlphaType.Opaque));
            for (var place = 0; place < 256; place++)
            {
                // A colour cast for each class: there is something to learn.
                var at = ((i * 256) + place) * 3;
                pixels[at + (i % 3)] = (byte)(pixels[at + (i % 3)] / 2);
                bitmap.SetPixel(place % 16, place / 16, new SKColor(pixels[at], pixels[at + 1], pixels[at + 2]));
            }
            using var file = File.Create(data.New(ExportedFolder.Classes[i % 3], $"{i:00}.png"));
            bitmap.Encode(SKEncodedImageFormat.Png, 100).SaveTo(file);
        }
        return pixels;
    }

    private static void AssertSameWeights(string one, string other)
    {
        using FileStream first = File.OpenRead(one), second = File.OpenRead(other);
        var (expected, actual) = (SafeTensors.Read(first).Tensors, SafeTensors.Read(second).Tensors);
        CollectionAssert.AreEquivalent(expected.Keys.ToList(), actual.Keys.ToList());
        foreach (var (name, tensor) in expected.Where(entry => entry.Value.Type == "F32"))
        {
            var (a, b) = (tensor.ToFloats()!, actual[name].ToFloats()!);
            for (var i = 0; i < a.Length; i++)
                Assert.AreEqual(a[i], b[i], 1e-4 * (1 + Math.Abs(a[i])), name);
        }
    }
}
