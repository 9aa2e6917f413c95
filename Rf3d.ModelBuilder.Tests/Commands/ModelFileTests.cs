using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Commands;

/// <summary>Commands that take a model, with files that are no models.</summary>
[TestClass]
public class ModelFileTests
{
    [TestMethod]
    public void The_error_for_an_ML_NET_model_of_another_trainer_names_its_kind()
    {
        using var folder = new TempFolder();
        var mlContext = new MLContext(1);
        var data = mlContext.Data.LoadFromEnumerable(new[] { new { Label = "a", Features = 1f }, new { Label = "b", Features = 2f } });
        var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label").Append(mlContext.Transforms.NormalizeMinMax("Features"));
        mlContext.Model.Save(pipeline.Fit(data), data.Schema, folder["other.zip"]);
        var error = AssertRefused(folder["other.zip"]);
        Assert.Contains("an ML.NET model of something else (ValueToKeyMappingTransformer, NormalizingTransformer)", error);
    }

    [TestMethod]
    public void The_error_for_an_ordinary_archive_names_the_reason()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.New("files", "a.txt"), "text");
        ZipFile.CreateFromDirectory(folder["files"], folder["archive.zip"]);
        Assert.Contains("not one that ML.NET saved a model to", AssertRefused(folder["archive.zip"]));
    }

    [TestMethod]
    public void The_error_for_a_file_that_is_not_an_archive_names_the_reason()
    {
        using var folder = new TempFolder();
        Images.Write(folder["image.png"], SKColors.Red);
        Assert.Contains("it is no .zip", AssertRefused(folder["image.png"]));
        File.WriteAllText(folder["empty.zip"], "");
        Assert.Contains("it is empty", AssertRefused(folder["empty.zip"]));
        Assert.Contains("There is no model", AssertRefused(folder["absent.zip"]));
    }

    [TestMethod]
    [DataRow(0.1)]
    [DataRow(0.5)]
    [DataRow(0.95)]
    [DataRow(0.9999)]
    public void A_model_that_is_cut_short_is_refused(double share)
    {
        using var folder = new TempFolder();
        var content = File.ReadAllBytes(GeneratedApplication.Model);
        File.WriteAllBytes(folder["cut.zip"], content[..(int)(content.Length * share)]);
        Assert.Contains("cut short or damaged", AssertRefused(folder["cut.zip"]));
    }

    [TestMethod]
    public void The_exported_ONNX_file_is_the_whole_classifier_for_any_number_of_images()
    {
        using var folder = new TempFolder();
        Assert.Contains("[batch, 3, 16, 16]", Tool.Run("export", GeneratedApplication.Model, "--onnx", folder["model.onnx"]).Must(0).Output);
        using var session = new InferenceSession(folder["model.onnx"]);
        Assert.AreEqual("""["blue","green","red"]""", session.ModelMetadata.CustomMetadataMap["classes"]);
        CollectionAssert.AreEqual(new[] { -1, 3, 16, 16 }, session.InputMetadata["image"].Dimensions);
        CollectionAssert.AreEqual(new[] { -1, 3 }, session.OutputMetadata["probabilities"].Dimensions);
        CollectionAssert.AreEqual(new[] { -1, 3 }, session.OutputMetadata["logits"].Dimensions);
    }

    [TestMethod]
    public void An_export_does_not_replace_the_model_or_a_folder()
    {
        using var folder = new TempFolder();
        File.Copy(GeneratedApplication.Model, folder["model.zip"]);
        var before = File.ReadAllBytes(folder["model.zip"]);
        Assert.Contains("the model itself", Tool.Run("export", folder["model.zip"], "--onnx", Path.Combine(folder.Path, ".", "model.zip")).Must(1).Error);
        CollectionAssert.AreEqual(before, File.ReadAllBytes(folder["model.zip"]));
        Assert.Contains("a folder. Name the .onnx file", Tool.Run("export", folder["model.zip"], "--onnx", folder.Path).Must(1).Error);
    }

    [TestMethod]
    public void An_export_replaces_a_file_by_force_alone()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["model.onnx"], "mine");
        string[] command = ["export", GeneratedApplication.Model, "--onnx", folder["model.onnx"]];
        Assert.Contains("is there already. Choose another --onnx, or replace it with --force.", Tool.Run(command).Must(1).Error);
        Assert.AreEqual("mine", File.ReadAllText(folder["model.onnx"]));
        Tool.Run([.. command, "--force"]).Must(0);
        using var session = new InferenceSession(folder["model.onnx"]);
        Assert.Contains("There is no folder", Tool.Run("export", GeneratedApplication.Model, "--onnx", folder["none", "model.onnx"]).Must(1).Error);
    }

    private static string AssertRefused(string model)
    {
        using var folder = new TempFolder();
        var image = Images.Write(folder["a.png"], SKColors.Red);
        var export = Tool.Run("export", model, "--onnx", folder["out.onnx"]).Must(1);
        Assert.IsFalse(File.Exists(folder["out.onnx"]));
        var predict = Tool.Run("predict", model, image).Must(1);
        Assert.AreEqual("", predict.Output);
        Assert.AreEqual(export.Error, predict.Error);
        Assert.Contains(model, predict.Error);
        return predict.Error;
    }
}
