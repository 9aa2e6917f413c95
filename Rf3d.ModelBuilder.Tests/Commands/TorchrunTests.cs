using Rf3d.MLNet;
using Rf3d.MLNet.Tests.Torchrun;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Commands;

[TestClass]
public class TorchrunTests
{
    [TestMethod]
    public void A_model_goes_out_and_comes_back()
    {
        using var folder = new TempFolder();
        Assert.Contains("Its README.md says how to train it", Tool.Run("export", GeneratedApplication.Model, "--torchrun", folder["run"], "--epoch", "5").Must(0).Output);
        Assert.IsTrue(TorchrunRecipe.Parse(File.ReadAllBytes(folder["run", "recipe.json"])).ApplyOrientation);
        Tool.Run("export", GeneratedApplication.Model, "--torchrun", folder["stored"], "--no-orientation").Must(0);
        Assert.IsFalse(TorchrunRecipe.Parse(File.ReadAllBytes(folder["stored", "recipe.json"])).ApplyOrientation);
        TrainedFolder.Complete(folder["run"], (tensors, _) => TrainedFolder.AddTooSure(tensors));
        using (var end = new CancellationTokenSource())
        {
            end.Cancel();
            Tool.Run(end.Token, "import", "--torchrun", folder["run"], "--output", folder["back"]).Must(ExitCode.Cancelled);
        }
        using (new StagedFile(folder["back.zip"]).Open())
            Assert.Contains("back.zip' cannot be written now", Tool.Run("import", "--torchrun", folder["run"], "--output", folder["back"]).Must(1).Error);
        Assert.IsFalse(File.Exists(folder["back.zip"]));
        var output = Tool.Run("import", "--torchrun", folder["run"], "--output", folder["back"]).Must(0).Output;
        Assert.Contains("epoch 1 of 2, 75.00 % of 24 validation images", output);
        Assert.Contains("Probabilities calibrated on 120 validation images: temperature ", output);
        Assert.Contains("is there already", Tool.Run("import", "--torchrun", folder["run"], "--output", folder["back.zip"]).Must(1).Error);
        Tool.Run("import", "--torchrun", folder["run"], "--output", folder["back.zip"], "--force").Must(0);
        var image = Images.Write(folder["a.png"], SKColors.Red);
        Assert.StartsWith("red ", Tool.Run("predict", folder["back.zip"], image).Must(0).Output);
    }

    [TestMethod]
    public void A_new_training_has_the_recipe_of_the_command_line()
    {
        using var folder = new TempFolder();
        Tool.Run(
            "export", "--torchrun", folder["run"], "--dataset", GeneratedApplication.Dataset, "--epoch", "7", "--optimizer", "sgd", "--image-size", "16", "--validation-fraction", "0.25", "--seed", "11", "--no-orientation").Must(0);
        var recipe = TorchrunRecipe.Parse(File.ReadAllBytes(folder["run", "recipe.json"]));
        Assert.AreEqual((7, TrainingOptimizer.Sgd, 0.25f, 11), (recipe.Training.Epoch, recipe.Training.Optimizer, recipe.Training.ValidationSetFraction, recipe.Seed));
        Assert.IsFalse(recipe.ApplyOrientation);
        CollectionAssert.AreEqual(new[] { "blue", "green", "red" }, recipe.Classes.ToArray());
        Assert.Contains("is not empty", Tool.Run("export", "--torchrun", folder["run"], "--dataset", GeneratedApplication.Dataset).Must(1).Error);
        Assert.Contains("which train.py writes", Tool.Run("import", "--torchrun", folder["run"], "--output", folder["x"]).Must(1).Error);
    }

    [TestMethod]
    public void Data_sets_without_folders_of_classes_are_refused()
    {
        using var folder = new TempFolder();
        string[] rows = [.. Enumerable.Range(0, 6).Select(i => $"{Path.GetFileName(Images.Write(folder["images", $"{i}.png"], SKColors.Red, seed: i))},{(i % 2 == 0 ? "a" : "b")}")];
        File.WriteAllLines(folder["labels.csv"], ["file,label", .. rows]);
        Images.Mnist(folder["mnist"], "train", 40);
        Refused("the labels of the images are in the table", "--dataset", folder["images"], "--labels", folder["labels.csv"]);
        Refused("has the files of MNIST", "--dataset", folder["mnist"]);

        void Refused(string text, params string[] dataset)
        {
            Assert.Contains(text, Tool.Run(["export", "--torchrun", folder["run"], .. dataset]).Must(1).Error);
            Assert.IsFalse(Directory.Exists(folder["run"]));
        }
    }

    [TestMethod]
    [DataRow("One of --onnx, --target, --quantize and --torchrun is needed", "export", "model.zip")]
    [DataRow("One of --onnx, --target, --quantize and --torchrun is needed", "export", "model.zip", "--onnx", "a", "--torchrun", "b")]
    [DataRow("One of --onnx, --target, --quantize and --torchrun is needed", "export", "model.zip", "--onnx", "a", "--target", "onnx")]
    [DataRow("--target needs a MODEL", "export", "--target", "onnx")]
    [DataRow("--epoch cannot go with --target", "export", "model.zip", "--target", "onnx", "--epoch", "3")]
    [DataRow("--force cannot go with --torchrun", "export", "model.zip", "--torchrun", "a", "--force")]
    [DataRow("--output cannot go with --onnx", "export", "model.zip", "--onnx", "a", "--output", "b")]
    [DataRow("mlnet", "export", "model.zip", "--target", "mlnet")]
    [DataRow("--onnx needs a MODEL", "export", "--onnx", "a")]
    [DataRow("--epoch cannot go with --onnx", "export", "model.zip", "--onnx", "a", "--epoch", "3")]
    [DataRow("--torchrun needs either a MODEL", "export", "--torchrun", "a")]
    [DataRow("--torchrun needs either a MODEL", "export", "model.zip", "--torchrun", "a", "--dataset", "b")]
    [DataRow("--device cannot go with --torchrun", "export", "--torchrun", "a", "--dataset", "b", "--device", "cpu")]
    [DataRow("--architecture cannot go with a MODEL", "export", "model.zip", "--torchrun", "a", "--architecture", "vgg11")]
    [DataRow("--shard is '8/8'", "predict", "model.zip", "images", "--shard", "8/8")]
    [DataRow("--shard is '1'", "predict", "model.zip", "images", "--shard", "1")]
    [DataRow("--shard is '0/0'", "predict", "model.zip", "images", "--shard", "0/0")]
    public void Wrong_combinations_and_values_are_errors_of_the_command_line(string text, params string[] arguments) =>
        Assert.Contains(text, Tool.Run(arguments).Must(2).Error);

    [TestMethod]
    public void Shards_have_each_file_once_in_any_order()
    {
        using var folder = new TempFolder();
        for (var i = 0; i < 12; i++)
            Images.Write(folder["images", $"{i}.png"], SKColors.Blue, seed: i);
        var files = Directory.GetFiles(folder["images"]);
        var parts = Enumerable.Range(0, 3).Select(i => Lines(folder["images"], $"{i}/3")).ToList();
        CollectionAssert.AreEquivalent(files, parts.SelectMany(part => part).ToArray());
        CollectionAssert.AreEquivalent(parts[1], new Shard(1, 3).Of(files.Reverse()).ToArray());
        // A part without a file is no error; a folder without images is.
        Tool.Run("predict", GeneratedApplication.Model, files[0], "--shard", $"{1 - Shard.Place(files[0], 2)}/2").Must(0);
        Directory.CreateDirectory(folder["empty"]);
        Assert.Contains("no image", Tool.Run("predict", GeneratedApplication.Model, folder["empty"], "--shard", "0/2").Must(1).Error);

        static string[] Lines(string images, string shard) => [.. Tool.Run("predict", GeneratedApplication.Model, images, "--shard", shard, "--format", "csv").Must(0)
            .Output.Trim().ReplaceLineEndings("\n").Split('\n').Skip(1).Select(line => line.Split(',')[0])];
    }

    [TestMethod]
    public void Shards_are_equal_parts_and_stay_the_same()
    {
        var counts = new int[64];
        for (var i = 0; i < 64_000; i++)
            counts[Shard.Place($"/images/{i / 1000:000}/{i}.jpg", 64)]++;
        Assert.IsTrue(counts.All(count => count is > 850 and < 1150), string.Join(' ', counts));
        // Another version must not mix up files that have been predicted in parts.
        Assert.AreEqual("6 3 4 0", string.Join(' ', new[] { "", "a", "b.jpg", "/images/ä.png" }.Select(path => Shard.Place(path, 8))));
    }
}
