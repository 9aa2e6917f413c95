using System.Text.Json;
using Microsoft.ML;
using Rf3d.MLNet.Tests.Datasets;
using Rf3d.MLNet.Tests.Estimator;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Torchrun;

[TestClass]
public class TorchrunExportTests
{
    [TestMethod]
    public void The_folder_has_all_that_a_training_needs()
    {
        using var folder = new ExportedFolder();
        CollectionAssert.AreEquivalent(
            new[] { "train.py", "plan.json", "recipe.json", "init.safetensors", "check.safetensors", "requirements.txt", "Dockerfile", "trainjob.yaml", "README.md" },
            Directory.GetFiles(folder.Path).Select(Path.GetFileName).ToArray());
        Assert.DoesNotContain("{{", File.ReadAllText(folder["README.md"]));
        Assert.Contains("16x16", File.ReadAllText(folder["README.md"]));
    }

    [TestMethod]
    public void Plan_and_recipe_read_back()
    {
        using var folder = new ExportedFolder(options =>
        {
            options.LearningRateSchedule = LearningRateSchedule.Steps;
            options.LearningRateSteps = [1, 2.5];
            options.ClassWeights = ClassWeights.Of(1, 2, 3);
            options.EarlyStoppingCriteria = new() { Metric = EarlyStoppingMetric.Loss, Patience = 4 };
            options.Augmentation = new() { RandAugment = new() { Magnitude = 5 }, CropPaddingMode = CropPaddingMode.Zero };
            options.LabelColumnName = "Kind";
        });
        var plan = JsonSerializer.Deserialize<StoredPlan>(File.ReadAllBytes(folder["plan.json"]), TorchrunRecipe.Json)!.ToPlan();
        Assert.AreEqual(ExportedFolder.Plan.Optimized, plan.Optimized);
        Assert.AreEqual(ExportedFolder.Plan.ToJson(), plan.ToJson());

        var content = File.ReadAllBytes(folder["recipe.json"]);
        var recipe = TorchrunRecipe.Parse(content);
        CollectionAssert.AreEqual(ExportedFolder.Classes, recipe.Classes.ToArray());
        Assert.AreEqual(7, recipe.Seed);
        Assert.AreEqual("Kind", recipe.Columns.Label);
        CollectionAssert.AreEqual(new[] { 1, 2.5 }, recipe.Training.LearningRateSteps.ToArray());
        Assert.AreEqual(EarlyStoppingMetric.Loss, recipe.Training.EarlyStoppingCriteria!.Metric);
        CollectionAssert.AreEqual(content, recipe.ToJson());
    }

    [TestMethod]
    public void Tensors_have_the_names_and_shapes_of_the_plan()
    {
        using var folder = new ExportedFolder();
        using var file = File.OpenRead(folder["init.safetensors"]);
        var tensors = SafeTensors.Read(file).Tensors;
        var shapes = WeightShapes.Of(NetworkLayout.Of(ExportedFolder.Plan.Optimized));
        CollectionAssert.AreEquivalent(shapes.Keys.ToList(), tensors.Keys.ToList());
        foreach (var (name, shape) in shapes)
            CollectionAssert.AreEqual(shape, tensors[name].Shape, name);
    }

    [TestMethod]
    public void A_seed_draws_the_same_weights_again()
    {
        using ExportedFolder one = new(), other = new(), third = new(options => options.Seed = 8);
        CollectionAssert.AreEqual(File.ReadAllBytes(one["init.safetensors"]), File.ReadAllBytes(other["init.safetensors"]));
        CollectionAssert.AreNotEqual(File.ReadAllBytes(one["init.safetensors"]), File.ReadAllBytes(third["init.safetensors"]));
    }

    [TestMethod]
    public void Images_give_classes_and_size()
    {
        using var folder = new TempFolder();
        var mlContext = new MLContext(1);
        var plan = TorchrunExport.Write(mlContext, SmallTask.Images(mlContext, 20), new() { Seed = 3 }, folder["run"]);
        Assert.AreEqual(16, plan.Optimized.Input.Width);
        var recipe = TorchrunRecipe.Parse(File.ReadAllBytes(folder["run", "recipe.json"]));
        Assert.HasCount(10, recipe.Classes);
        Assert.IsNull(recipe.Training.BatchSize);
        Assert.IsTrue(recipe.Training.Reparameterization);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Images_are_turned_where_those_that_it_was_exported_with_are(bool isUpright)
    {
        using var folder = new TempFolder();
        foreach (var name in new[] { "a", "b" })
            File.WriteAllBytes(folder.New("data", name, "1.jpg"), PictureFiles.Photograph("jpeg", 6));
        var mlContext = new MLContext(1);
        TorchrunExport.Write(mlContext, mlContext.Data.LoadImageFolder(folder["data"], new() { ApplyOrientation = isUpright }), new() { Seed = 3 }, folder["images"]);
        TorchrunExport.Write(mlContext, ExportedFolder.Plan, ExportedFolder.Classes, ExportedFolder.Options, folder["plan"], isUpright);
        foreach (var name in new[] { "images", "plan" })
            Assert.AreEqual(isUpright, TorchrunRecipe.Parse(File.ReadAllBytes(folder[name, "recipe.json"])).ApplyOrientation, name);
    }

    [TestMethod]
    public void A_recipe_from_before_the_option_turns_images()
    {
        using var folder = new ExportedFolder();
        folder.Replace("recipe.json", "\"applyOrientation\": true,", "");
        Assert.IsTrue(TorchrunRecipe.Parse(File.ReadAllBytes(folder["recipe.json"])).ApplyOrientation);
    }

    [TestMethod]
    public void A_saved_model_is_trained_further()
    {
        using var folder = new ExportedFolder(options => options.ScoreColumnName = "Chance");
        TrainedFolder.Complete(folder.Path);
        var (mlContext, path) = (new MLContext(1), folder["model.zip"]);
        using (var model = TorchrunImport.Load(mlContext, folder.Path, out var schema))
            mlContext.Model.Save(model, schema, path);
        var plan = TorchrunExport.Write(mlContext, path, new() { Seed = 9 }, folder["next"]);

        Assert.AreEqual(ExportedFolder.Plan.Optimized, plan.Optimized);
        var recipe = TorchrunRecipe.Parse(File.ReadAllBytes(Path.Combine(folder["next"], "recipe.json")));
        Assert.AreEqual("Chance", recipe.Columns.Score);
        Assert.IsFalse(recipe.Training.Reparameterization, "Weights that have taken their branches in get none again.");
        // The .zip has normalisation folded in; the results are the same.
        var expected = Logits(folder.Path, folder.Path);
        var actual = Logits(folder["next"], folder.Path);
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], 1e-3, $"{i}");
    }

    [TestMethod]
    public void Arguments_that_cannot_be_exported_are_refused()
    {
        using var folder = new TempFolder();
        var mlContext = new MLContext(1);
        void Throws<T>(string text, IReadOnlyList<string> classes, string? name = null, Action<Rf3dImageClassificationTrainer.Options>? change = null)
            where T : Exception
        {
            var options = ExportedFolder.Options;
            change?.Invoke(options);
            Assert.Contains(text, Assert.Throws<T>(() => TorchrunExport.Write(mlContext, ExportedFolder.Plan, classes, options, folder[name ?? "run"])).Message);
            Assert.IsFalse(Directory.Exists(folder["run"]));
        }
        File.WriteAllText(folder.New("used", "checkpoint.pt"), "");
        Throws<IOException>("is not empty", ExportedFolder.Classes, "used");
        Throws<ArgumentException>("has 3 classes, and 2 names are given", ["a", "b"]);
        Throws<ArgumentException>("The class 'b/c' cannot be the name of a folder", ["a", "b/c", "d"]);
        Throws<ArgumentException>("Two classes have the name 'a'", ["a", "b", "a"]);
        Throws<ArgumentException>("Epoch is 0", ExportedFolder.Classes, change: options => options.Epoch = 0);
        Throws<InvalidOperationException>("no file 'absent'", ExportedFolder.Classes, change: options => options.Pretrained = "absent");
    }

    /// <summary>The logits of the initial weights of one folder for the images of another.</summary>
    private static float[] Logits(string weights, string images)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var noGradient = TorchSharp.torch.no_grad();
        var layout = NetworkLayout.Of(ExportedFolder.Plan.Optimized);
        using var start = File.OpenRead(Path.Combine(weights, "init.safetensors"));
        using var check = File.OpenRead(Path.Combine(images, "check.safetensors"));
        using var generator = new TorchSharp.torch.Generator(0);
        using var network = new TorchNetwork(layout, generator);
        network.Import(TorchrunTensors.Read(layout, SafeTensors.Read(start).Tensors, new([0, 0, 0], [1, 1, 1]), "test", ""));
        network.eval();
        var bytes = SafeTensors.Read(check).Tensors["images"];
        var pixels = TorchSharp.torch.tensor(bytes.ToArray()).to(TorchSharp.torch.ScalarType.Float32).reshape(bytes.Shape);
        // As the model normalises.
        var input = (pixels - TorchSharp.torch.tensor(TrainedFolder.Mean).view(1, 3, 1, 1)) / TorchSharp.torch.tensor(TrainedFolder.Deviation).view(1, 3, 1, 1);
        return network.call(input).contiguous().data<float>().ToArray();
    }
}
