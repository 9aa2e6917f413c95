using System.Globalization;
using System.Text.Json;

namespace Rf3d.MLNet.Tests.Torchrun;

/// <summary>train.py computes steps as the library does: learning rates, blocks of Muon, losses and precision.</summary>
[TestClass]
[TestCategory("Slow")]
public class TrainScriptStepsTests
{
    private const string Rates = """
        import sys, json, pathlib
        sys.path.insert(0, sys.argv[1])
        import train
        recipes = json.loads(pathlib.Path(sys.argv[1], "recipes.json").read_text())
        print(json.dumps([[train.rate_at(recipe, recipe["learningRate"], done, 8) for done in range(8 * recipe["epoch"])] for recipe in recipes]))
        print(json.dumps([train.Muon.rows_of_block(rows) for rows in range(1, 1025)]))
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

    private const string ChosenRates = """
        import sys, json
        sys.path.insert(0, sys.argv[1])
        import train, torch
        class One:
            count = 1
        def rate(**recipe):
            training = train.Training.__new__(train.Training)
            training.workers, training.train, training.recipe, training.device = One(), [None] * 100, recipe, torch.device("cpu")
            return training.settle_batch()[1]
        print(json.dumps([rate(), rate(learningRateShare=0.2), rate(learningRateShare=0.2, batchSize=50), rate(learningRateShare=0.2, learningRate=0.3)]))
        """;

    private const string ChosenEpochs = """
        import sys, json
        sys.path.insert(0, sys.argv[1])
        import train
        print(json.dumps([train.epochs_of({}, images) for images in (1, 120, 121, 400, 401, 1199, 1200, 1000000)] + [train.epochs_of(dict(epoch=3), 10)]))
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
        File.WriteAllText(folder["recipes.json"], JsonSerializer.Serialize(recipes, TorchrunRecipe.Json));
        var lines = TrainScript.Run(folder, Rates).Split('\n');
        foreach (var (recipe, rates) in recipes.Zip(JsonSerializer.Deserialize<double[][]>(lines[0])!))
        {
            var curve = new LearningRateCurve(recipe);
            for (var done = 0; done < rates.Length; done++)
                Assert.AreEqual(curve.At(done, 8), rates[done], 1e-12, $"{recipe.LearningRateSchedule}, step {done.ToString(CultureInfo.InvariantCulture)}");
        }
        CollectionAssert.AreEqual(Enumerable.Range(1, 1024).Select(rows => (int)FusedMuon.RowsOfBlock(rows)).ToList(), JsonSerializer.Deserialize<List<int>>(lines[1]));
    }

    [TestMethod]
    public void A_learning_rate_that_is_left_open_is_the_share_of_the_recipe() =>
        CollectionAssert.AreEqual(new[] { 0.05, 0.01, 0.01, 0.3 }, JsonSerializer.Deserialize<double[]>(TrainScript.Run(ChosenRates))!.Select(rate => Math.Round(rate, 9)).ToArray());

    [TestMethod]
    public void A_number_of_epochs_that_is_left_open_is_that_of_Fit() => CollectionAssert.AreEqual(
        new[] { 1, 120, 121, 400, 401, 1_199, 1_200, 1_000_000 }.Select(images => EpochChoice.Of(new(), images, hasWeights: false)).Append(3).ToArray(),
        JsonSerializer.Deserialize<int[]>(TrainScript.Run(ChosenEpochs)));

    [TestMethod]
    public void Weights_of_classes_count_the_same_on_any_number_of_workers() => Assert.IsLessThan(1e-6, double.Parse(TrainScript.Run(Losses), CultureInfo.InvariantCulture));

    [TestMethod]
    public void The_head_computes_in_float32_beside_kernels_in_bfloat16() => Assert.AreEqual("[\"torch.float32\", 0.0]", TrainScript.Run(Heads));

    [TestMethod]
    public void Bfloat16_is_chosen_for_GPUs_that_have_it_and_not_for_those_that_emulate_it() =>
        Assert.AreEqual("[\"TensorFloat32\", \"BFloat16\", \"BFloat16\"]", TrainScript.Run(Precisions));
}
