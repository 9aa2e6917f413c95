using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Torchrun;

[TestClass]
public class TorchrunImportTests
{
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void The_imported_model_has_the_same_logits_the_plan_and_the_history(bool testTimeFlip)
    {
        using var folder = new ExportedFolder(options => options.TestTimeFlip = testTimeFlip);
        var logits = TrainedFolder.Complete(folder.Path);
        var (mlContext, path) = (new MLContext(1), folder["model.zip"]);
        using (var model = TorchrunImport.Load(mlContext, folder.Path, out var schema))
            mlContext.Model.Save(model, schema, path);

        using var saved = Rf3dSavedModel.Load(new MLContext(), path);
        CollectionAssert.AreEqual(ExportedFolder.Classes, saved.Classes.ToArray());
        Assert.AreEqual(ExportedFolder.Plan.ToJson(), saved.Plan.ToJson());
        Assert.AreEqual("Label", saved.InputSchema!.Single(column => column.Type is KeyDataViewType).Name);
        var history = saved.History!;
        Assert.AreEqual(TrainingStopReason.EarlyStopping, history.StopReason);
        Assert.AreEqual((1, 2, "4 x cpu", 96L, 16), (history.BestEpoch, history.Epochs.Length, history.Device, history.TrainingImages, history.BatchSize));
        Assert.AreEqual(TrainingPrecision.BFloat16, history.Precision);
        Assert.AreEqual(0.75, history.Epochs[0].ValidationAccuracy);
        Assert.AreEqual(TimeSpan.FromSeconds(5), history.Epochs[1].Elapsed);

        using var file = File.OpenRead(folder["trained.safetensors"]);
        var images = SafeTensors.Read(file).Tensors["check.images"];
        for (var i = 0; i < images.Shape[0]; i++)
        {
            using var image = ImageOf(images, i);
            var expected = Softmax(logits.AsSpan(i * 3, 3));
            var scores = saved.Predict([image]).Single().Scores;
            for (var c = 0; c < 3; c++)
                Assert.AreEqual(expected[c], scores[c], 1e-3, $"image {i}, class {c}");
        }
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void The_background_of_the_recipe_is_the_model_s(bool hasBackground)
    {
        var background = new RgbColor(200, 150, 90);
        using var folder = new ExportedFolder(options => options.Background = background);
        // As folders had it before there were backgrounds.
        if (!hasBackground)
            folder.Replace("recipe.json", "\"background\": \"c8965a\",", "");
        TrainedFolder.Complete(folder.Path);
        var (mlContext, path) = (new MLContext(1), folder["model.zip"]);
        using (var model = TorchrunImport.Load(mlContext, folder.Path, out var schema))
        {
            Assert.AreEqual(hasBackground ? background : null, model.Background);
            mlContext.Model.Save(model, schema, path);
        }
        TorchrunExport.Write(mlContext, path, ExportedFolder.Options, folder["again"]);
        Assert.AreEqual(hasBackground ? background : null, TorchrunRecipe.Parse(File.ReadAllBytes(folder["again/recipe.json"])).Background);
    }

    [TestMethod]
    [DataRow("logits", "gives other logits here")]
    [DataRow("kind", "was not written by train.py")]
    [DataRow("plan", "by another plan.json")]
    [DataRow("recipe", "by another recipe.json")]
    [DataRow("missing", "lacks the tensor 'stage1.block1.layer1.weight'")]
    [DataRow("shape", "is 3; plan.json has 3x32")]
    [DataRow("type", "is of the type F64; F32 is expected")]
    [DataRow("nan", "infinite or not a number")]
    [DataRow("deviation", "must be above 0")]
    [DataRow("images", "Nx3x16x16 of U8 are expected")]
    [DataRow("history", "its history cannot be read")]
    [DataRow("best", "epoch 3 of 2 is the best")]
    [DataRow("label", "its 'validation.labels' must be from 0 to 2")]
    [DataRow("outputs", "lacks the tensor 'validation.logits'")]
    public void Damaged_results_are_refused_with_the_reason(string damage, string text)
    {
        using var folder = new ExportedFolder();
        TrainedFolder.Complete(folder.Path, (tensors, metadata) =>
        {
            switch (damage)
            {
                case "logits":
                    tensors["check.logits"] = Changed(tensors["check.logits"], 4, value => value + 0.02f);
                    break;
                case "kind":
                    metadata.Remove("kind");
                    break;
                case "plan" or "recipe":
                    metadata[$"{damage}.json"] = "0";
                    break;
                case "missing":
                    tensors.Remove("stage1.block1.layer1.weight");
                    break;
                case "shape":
                    tensors["head.classifier.weight"] = tensors["head.classifier.bias"];
                    break;
                case "type":
                    tensors["head.classifier.bias"] = new("F64", [3], new byte[24]);
                    break;
                case "nan":
                    tensors["head.classifier.bias"] = Changed(tensors["head.classifier.bias"], 1, _ => float.NaN);
                    break;
                case "deviation":
                    tensors["statistics.deviation"] = Changed(tensors["statistics.deviation"], 1, _ => 0);
                    break;
                case "images":
                    tensors["check.images"] = new("U8", [1, 3, 8, 8], new byte[192]);
                    break;
                case "history":
                    metadata["history"] = "{}";
                    break;
                case "label":
                    TrainedFolder.AddTooSure(tensors);
                    tensors["validation.labels"] = new("I64", [120], [.. Enumerable.Repeat(BitConverter.GetBytes(3L), 120).SelectMany(bytes => bytes)]);
                    break;
                case "outputs":
                    TrainedFolder.AddTooSure(tensors);
                    tensors.Remove("validation.logits");
                    break;
                case "best":
                    metadata["history"] = metadata["history"].Replace("\"bestEpoch\": 1", "\"bestEpoch\": 3", StringComparison.Ordinal);
                    break;
            }
        });
        var error = Assert.ThrowsExactly<FormatException>(() => TorchrunImport.Load(new MLContext(1), folder.Path, out _));
        Assert.Contains(text, error.Message);
        Assert.Contains("trained.safetensors", error.Message);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Probabilities_are_calibrated_on_the_validation_images_unless_the_recipe_says_otherwise(bool isCalibrated)
    {
        using var folder = new ExportedFolder(options => options.CalibrateProbabilities = isCalibrated);
        TrainedFolder.Complete(folder.Path, (tensors, _) => TrainedFolder.AddTooSure(tensors));
        using var model = TorchrunImport.Load(new MLContext(1), folder.Path, out _);

        Assert.AreEqual(isCalibrated, model.History.Calibration is { Images: 120, Temperature: > 2.0 });
        using var file = File.OpenRead(folder["trained.safetensors"]);
        var trained = SafeTensors.Read(file).Tensors["head.classifier.weight"].ToFloats()!;
        var (weights, temperature) = (model.Model.Head().Weights, model.History.Calibration?.Temperature ?? 1);
        Assert.HasCount(trained.Length, weights);
        for (var i = 0; i < trained.Length; i++)
            Assert.AreEqual(trained[i] / temperature, weights[i], 1e-6);
    }

    [TestMethod]
    public void Logits_that_are_no_numbers_are_others_than_those_of_train_py()
    {
        using var folder = new ExportedFolder();
        TrainedFolder.Complete(folder.Path);
        var layout = NetworkLayout.Of(ExportedFolder.Plan.Optimized);
        using var file = File.OpenRead(folder["trained.safetensors"]);
        var result = TorchrunResult.Read(file, layout, new Dictionary<string, string>(), "test");
        var weights = result.Weights.Copy();
        var bias = weights["head.classifier.bias"];
        weights["head.classifier.bias"] = bias with { Values = [float.NaN, .. bias.Values[1..]] };
        var classifier = OnnxWriter.Classifier(layout, weights, result.Statistics, []);
        Assert.Contains("gives other logits here", Assert.ThrowsExactly<FormatException>(() => result.Verify(classifier)).Message);
    }

    [TestMethod]
    public void A_size_below_that_of_the_network_is_refused()
    {
        using var folder = new ExportedFolder(options => options.CropFraction = 0.5);
        folder.Replace("recipe.json", "\"height\": 32", "\"height\": 8");
        TrainedFolder.Complete(folder.Path);
        Assert.Contains(
            "its 'resized' is 8x32, and the network of plan.json sees 16x16 of it",
            Assert.ThrowsExactly<FormatException>(() => TorchrunImport.Load(new MLContext(1), folder.Path, out _)).Message);
    }

    [TestMethod]
    public void Foreign_and_incomplete_folders_are_refused_with_the_reason()
    {
        using var folder = new ExportedFolder();
        var mlContext = new MLContext(1);
        void Throws<T>(string text, string path)
            where T : Exception => Assert.Contains(text, Assert.ThrowsExactly<T>(() => TorchrunImport.Load(mlContext, path, out _)).Message);

        Throws<DirectoryNotFoundException>("There is no folder", folder["absent"]);
        Throws<FileNotFoundException>("which train.py writes when a training has ended", folder.Path);
        TrainedFolder.Complete(folder.Path);
        File.WriteAllBytes(folder["trained.safetensors"], File.ReadAllBytes(folder["trained.safetensors"])[..^5]);
        Throws<FormatException>("trained.safetensors' cannot be used", folder.Path);
        folder.Replace("recipe.json", "\"green\"", "\"red\"");
        Throws<FormatException>("at least two names, all different", folder.Path);
        folder.Replace("recipe.json", "\"version\": 1", "\"version\": 2");
        Throws<FormatException>("it has version 2, and this library reads version 1", folder.Path);
        File.WriteAllText(folder["recipe.json"], "{");
        Throws<FormatException>("recipe.json' cannot be used", folder.Path);
        File.WriteAllText(folder["plan.json"], "{\"original\": null}");
        Throws<FormatException>("plan.json' cannot be used", folder.Path);
        File.Delete(folder["plan.json"]);
        Throws<FileNotFoundException>("is no folder that was exported for torchrun", folder.Path);
    }

    private static SafeTensorEntry Changed(SafeTensorEntry tensor, int place, Func<float, float> change)
    {
        var values = tensor.ToFloats()!;
        values[place] = change(values[place]);
        return TorchrunTensors.Of(new WeightTensor(tensor.Shape, values));
    }

    private static MLImage ImageOf(SafeTensorEntry images, int index)
    {
        var (height, width) = ((int)images.Shape[2], (int)images.Shape[3]);
        var planes = images.ToArray().AsSpan(index * 3 * height * width);
        var pixels = new byte[height * width * 4];
        for (var i = 0; i < height * width; i++)
            (pixels[4 * i], pixels[(4 * i) + 1], pixels[(4 * i) + 2], pixels[(4 * i) + 3]) = (planes[i], planes[(height * width) + i], planes[(2 * height * width) + i], byte.MaxValue);
        return MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
    }

    private static double[] Softmax(ReadOnlySpan<float> logits)
    {
        var exponentials = new double[logits.Length];
        for (var i = 0; i < logits.Length; i++)
            exponentials[i] = Math.Exp(logits[i]);
        return [.. exponentials.Select(value => value / exponentials.Sum())];
    }
}
