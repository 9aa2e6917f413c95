using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Rf3d.MLNet.Tests.Estimator;
using Rf3d.MLNet.Tests.Scoring;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Torchrun;

/// <summary>Options with values other than their defaults, from the export to the imported model and to its next export.</summary>
[TestClass]
public sealed class TorchrunOptionsTests : IDisposable
{
    private static readonly TorchrunColumns Columns = new("Kind", "Picture", "Chance", "Answer", "Features");
    private static readonly RgbColor Background = new(200, 150, 90);

    private readonly TempFolder _folder = new();
    private readonly MLContext _mlContext = new(1);

    [TestMethod]
    public void An_export_of_images_has_the_columns_and_the_preparation_of_the_options()
    {
        var images = SmallTask.Images(_mlContext, 20);
        var options = Set(new() { Seed = 3, Reparameterization = false, Adaptation = MLNet.Adaptation.Probe });
        TorchrunExport.Write(_mlContext, Renamed(images), options, _folder["run"]);

        var recipe = RecipeOf("run");
        Assert.AreEqual(Columns, recipe.Columns);
        Assert.AreEqual((ImageResizingEstimator.ResizingKind.IsoPad, Background), (recipe.Resizing, recipe.Background));
        Assert.IsFalse(recipe.Training.Reparameterization);
        // train.py has no probe.
        Assert.AreEqual(MLNet.Adaptation.FineTune, recipe.Training.Adaptation);
    }

    [TestMethod]
    public void A_cancelled_export_ends_and_writes_nothing()
    {
        var options = new Rf3dImageClassificationTrainer.Options { Seed = 3, CancellationToken = new(canceled: true) };
        Assert.Throws<OperationCanceledException>(() => TorchrunExport.Write(_mlContext, SmallTask.Images(_mlContext, 20), options, _folder["run"]));
        Assert.IsFalse(Directory.Exists(_folder["run"]));
    }

    [TestMethod]
    public void An_imported_model_has_the_columns_and_the_preparation_of_the_recipe_and_hands_them_on()
    {
        using var folder = new ExportedFolder(options => Set(options));
        TrainedFolder.Complete(folder.Path);
        var path = folder["model.zip"];
        using (var model = TorchrunImport.Load(_mlContext, folder.Path, out var schema))
        {
            CollectionAssert.IsSubsetOf(new[] { Columns.Label, Columns.Image }, schema.Select(column => column.Name).ToArray());
            CollectionAssert.IsSubsetOf(new[] { Columns.Score, Columns.PredictedLabel, Columns.Embedding }, model.GetOutputSchema(schema).Select(column => column.Name).ToArray());
            _mlContext.Model.Save(model, schema, path);
        }
        using (var saved = Rf3dSavedModel.Load(_mlContext, path))
        {
            Assert.AreEqual((Columns.Image, Columns.Score), (saved.ImageColumnName, saved.ScoreColumnName));
            Assert.AreEqual((ImageResizingEstimator.ResizingKind.IsoPad, Background), (saved.Preprocessing.Resizing, saved.Background));
        }

        TorchrunExport.Write(_mlContext, path, new() { Seed = 9 }, folder["next"]);
        var recipe = TorchrunRecipe.Parse(File.ReadAllBytes(Path.Combine(folder["next"], "recipe.json")));
        Assert.AreEqual((Columns.Image, Columns.Score), (recipe.Columns.Image, recipe.Columns.Score));
        Assert.AreEqual((ImageResizingEstimator.ResizingKind.IsoPad, Background), (recipe.Resizing, recipe.Background));
    }

    [TestMethod]
    public void A_test_set_that_lacks_a_class_is_measured_in_the_label_column_of_the_recipe()
    {
        using var folder = new ExportedFolder(options => Set(options));
        TrainedFolder.Complete(folder.Path);
        var images = Renamed(SmallTask.FromMemory(_mlContext, ("red", [250, 0, 0], 16, 16), ("green", [0, 250, 0], 16, 16)));
        using var model = TorchrunImport.Load(_mlContext, folder.Path, out var schema);
        _mlContext.Model.Save(model, schema, folder["model.zip"]);
        using var saved = Rf3dSavedModel.Load(_mlContext, folder["model.zip"]);
        foreach (var scored in new[] { model.Transform(images), saved.Transform(images) })
        {
            CollectionAssert.AreEqual(ExportedFolder.Classes, ScoringFixture.TextAnnotation(scored.Schema[Columns.Label], "KeyValues"));
            CollectionAssert.AreEqual(new uint[] { 3, 2 }, scored.GetColumn<uint>(Columns.Label).ToArray());
        }
    }

    [TestMethod]
    public void The_crop_of_the_options_is_that_of_the_imported_model_and_of_its_next_export()
    {
        using var folder = new ExportedFolder(options => options.CropFraction = 0.5);
        Assert.AreEqual(new Size2D(32, 32), TorchrunRecipe.Parse(File.ReadAllBytes(folder["recipe.json"])).Resized);
        TrainedFolder.Complete(folder.Path);
        var path = folder["model.zip"];
        using (var model = TorchrunImport.Load(_mlContext, folder.Path, out var schema))
            _mlContext.Model.Save(model, schema, path);
        using (var saved = Rf3dSavedModel.Load(_mlContext, path))
        {
            Assert.AreEqual(new TensorShape(3, 16, 16), saved.Plan.Optimized.Input);
            Assert.AreEqual((32, 32), (saved.ImageHeight, saved.ImageWidth));
        }

        TorchrunExport.Write(_mlContext, path, new() { Seed = 9 }, folder["next"]);
        Assert.AreEqual(new Size2D(32, 32), TorchrunRecipe.Parse(File.ReadAllBytes(Path.Combine(folder["next"], "recipe.json"))).Resized);
    }

    [TestMethod]
    public void Images_for_weights_that_learned_from_crops_are_cropped_unless_the_options_say_otherwise()
    {
        var weights = Project.RepositoryRoot.Combine("Rf3d.MLNet.Tests", "Pretrained", "Fixtures", "resnet.pth");
        var images = _mlContext.Data.LoadDrawnShapes(20, 1, size: 64);
        var plan = TorchrunExport.Write(_mlContext, images, new() { Seed = 3, Pretrained = weights }, _folder["cropped"]);
        TorchrunExport.Write(_mlContext, images, new() { Seed = 3, Pretrained = weights, CropFraction = 1 }, _folder["whole"]);
        Assert.IsGreaterThan(plan.Optimized.Input.Height, RecipeOf("cropped").Resized!.Value.Height);
        Assert.IsNull(RecipeOf("whole").Resized);
    }

    [TestMethod]
    public void Images_are_normalised_as_the_pretrained_weights_expect_unless_the_options_say_otherwise()
    {
        var weights = Project.RepositoryRoot.Combine("Rf3d.MLNet.Tests", "Pretrained", "Fixtures", "resnet.pth");
        var images = _mlContext.Data.LoadDrawnShapes(20, 1, size: 64);
        TorchrunExport.Write(_mlContext, images, new() { Seed = 3, Pretrained = weights }, _folder["theirs"]);
        TorchrunExport.Write(_mlContext, images, new() { Seed = 3, Pretrained = weights, ChannelMean = [0.1, 0.2, 0.3], ChannelStandardDeviation = [0.4, 0.5, 0.6] }, _folder["own"]);
        var preset = Rf3dImageClassificationTrainer.Options.FromPreset(TrainingPreset.PaperCifar);
        (preset.Seed, preset.Pretrained) = (3, weights);
        TorchrunExport.Write(_mlContext, images, preset, _folder["preset"]);
        Assert.AreEqual("0.485 0.456 0.406, 0.229 0.224 0.225", Normalisation("theirs"));
        Assert.AreEqual("0.485 0.456 0.406, 0.229 0.224 0.225", Normalisation("preset"));
        Assert.AreEqual("0.100 0.200 0.300, 0.400 0.500 0.600", Normalisation("own"));

        string Normalisation(string name)
        {
            var training = RecipeOf(name).Training;
            return string.Join(", ", new[] { training.ChannelMean!, training.ChannelStandardDeviation! }.Select(values => string.Join(' ', values.Select(value => value.ToString("0.000", CultureInfo.InvariantCulture)))));
        }
    }

    [TestMethod]
    public void A_number_of_epochs_that_is_left_open_is_chosen_by_train_py_unless_there_are_weights()
    {
        var data = _mlContext.Data.LoadDrawnShapes(20, 1, size: 64);
        TorchrunExport.Write(_mlContext, data, new() { Seed = 3, Pretrained = "none" }, _folder["random"]);
        TorchrunExport.Write(_mlContext, data, new() { Seed = 3, Pretrained = Project.RepositoryRoot.Combine("Rf3d.MLNet.Tests", "Pretrained", "Fixtures", "resnet.pth") }, _folder["learned"]);
        TorchrunExport.Write(_mlContext, data, new() { Seed = 3, Pretrained = "none", WarmUpEpochs = 2 }, _folder["warm"]);
        Assert.IsNull(RecipeOf("random").Training.Epoch);
        Assert.AreEqual(EpochChoice.Usual, RecipeOf("warm").Training.Epoch);
        Assert.AreEqual(EpochChoice.Usual, RecipeOf("learned").Training.Epoch);
        Assert.Contains("recipe[\"epoch\"] = epochs_of(recipe, len(self.train))", System.Text.Encoding.UTF8.GetString(TorchrunFiles.Read("train.py")));
    }

    [TestMethod]
    public void A_pretrained_network_is_fine_tuned_at_the_learning_rate_of_Fit()
    {
        var weights = Project.RepositoryRoot.Combine("Rf3d.MLNet.Tests", "Pretrained", "Fixtures", "resnet.pth");
        var plan = TorchrunExport.Write(_mlContext, _mlContext.Data.LoadDrawnShapes(20, 1, size: 64), new() { Seed = 3, Pretrained = weights }, _folder["pretrained"]);
        using var random = new ExportedFolder();
        var recipe = RecipeOf("pretrained");
        Assert.IsNull(recipe.Training.LearningRate);
        Assert.AreEqual(Rate(isPretrained: true) / Rate(isPretrained: false), recipe.LearningRateShare, 1e-12);
        Assert.IsLessThan(1.0, recipe.LearningRateShare);
        Assert.AreEqual(1.0, TorchrunRecipe.Parse(File.ReadAllBytes(random["recipe.json"])).LearningRateShare);
        // The name that train.py reads; its own tests need Python.
        Assert.Contains("\"learningRateShare\": ", File.ReadAllText(_folder["pretrained", "recipe.json"]));
        Assert.Contains("self.recipe.get(\"learningRateShare\", 1)", System.Text.Encoding.UTF8.GetString(TorchrunFiles.Read("train.py")));

        double Rate(bool isPretrained) => BatchSettlement.Of(new(), null, NetworkLayout.Of(plan.Optimized), 20, TorchSharp.torch.CPU, TrainingPrecision.Float32, isPretrained, default).LearningRate;
    }

    [TestMethod]
    public void The_logits_to_compare_are_those_of_both_views_with_test_time_flips()
    {
        using ExportedFolder one = new(), both = new(options => options.TestTimeFlip = true);
        Assert.AreNotEqual(Check(one, "logits"), Check(both, "logits"));
        Assert.AreEqual(Check(one, "images"), Check(both, "images"));

        static string Check(ExportedFolder folder, string tensor)
        {
            using var file = File.OpenRead(folder["check.safetensors"]);
            return Convert.ToHexString(SafeTensors.Read(file).Tensors[tensor].ToArray());
        }
    }

    [TestMethod]
    public void A_result_without_test_time_flips_is_not_that_of_a_recipe_with_them()
    {
        using var folder = new ExportedFolder(options => options.TestTimeFlip = true);
        TrainedFolder.Complete(folder.Path, testTimeFlip: false);
        Assert.Contains("gives other logits here", Assert.ThrowsExactly<FormatException>(() => TorchrunImport.Load(_mlContext, folder.Path, out _)).Message);
    }

    public void Dispose() => _folder.Dispose();

    private static Rf3dImageClassificationTrainer.Options Set(Rf3dImageClassificationTrainer.Options options)
    {
        (options.LabelColumnName, options.FeatureColumnName, options.ScoreColumnName) = (Columns.Label, Columns.Image, Columns.Score);
        (options.PredictedLabelColumnName, options.EmbeddingColumnName) = (Columns.PredictedLabel, Columns.Embedding);
        (options.Resizing, options.Background) = (ImageResizingEstimator.ResizingKind.IsoPad, Background);
        return options;
    }

    private IDataView Renamed(IDataView images) => _mlContext.Transforms.CopyColumns(Columns.Image, "Image").Append(_mlContext.Transforms.CopyColumns(Columns.Label, "Label"))
        .Append(_mlContext.Transforms.SelectColumns(Columns.Image, Columns.Label)).Fit(images).Transform(images);

    private TorchrunRecipe RecipeOf(string name) => TorchrunRecipe.Parse(File.ReadAllBytes(_folder[name, "recipe.json"]));
}
