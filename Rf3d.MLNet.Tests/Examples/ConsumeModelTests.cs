using Microsoft.ML;
using Rf3d.MLNet.Tests.Estimator;

namespace Rf3d.MLNet.Tests.Examples;

[TestClass]
public class ConsumeModelTests
{
    [TestMethod]
    [FieldReport(8)]
    public void An_application_without_the_trainer_and_TorchSharp_classifies_files_with_a_saved_model()
    {
        var application = Directory.GetFiles(ExampleProcess.Folder("ConsumeModel"), "*", SearchOption.AllDirectories).Select(Path.GetFileName).ToList();
        Assert.IsNotEmpty(application);
        Assert.IsFalse(application.Any(file => file!.StartsWith("Rf3d.MLNet", StringComparison.OrdinalIgnoreCase) || file.StartsWith("Rf3d.Planning", StringComparison.OrdinalIgnoreCase) || file.Contains("torch", StringComparison.OrdinalIgnoreCase)));

        using var folder = new TempFolder();
        var mlContext = new MLContext(1);
        // Each colour varies: one that is the same in all training images says nothing when it changes.
        var images = Enumerable.Range(0, 40).Select(i => i % 2 == 0
            ? ("red", new byte[] { (byte)(180 + i), (byte)(i % 20), (byte)i }, 24, 24)
            : ("blue", new byte[] { (byte)i, (byte)(i % 20), (byte)(180 + i) }, 24, 24)).ToArray();
        var data = SmallTask.FromMemory(mlContext, images);
        var options = SmallTask.Options;
        (options.Epoch, options.BatchSize, options.LabelSmoothing) = (15, 4, 0);
        using (var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(data))
            mlContext.Model.Save(model, data.Schema, folder["model.zip"]);
        SmallTask.WritePng(folder["a.png"], [230, 5, 10], 40, 60);
        SmallTask.WritePng(folder["b.png"], [10, 5, 230], 60, 40);
        File.WriteAllText(folder["c.png"], "no image");
        SmallTask.WritePng(folder["cut.png"], [230, 5, 10], 40, 60);
        using (var cut = File.OpenWrite(folder["cut.png"]))
            cut.SetLength(cut.Length * 3 / 4);

        var (exitCode, output, error) = ExampleProcess.Run("ConsumeModel", folder["model.zip"], folder["a.png"], folder["b.png"], folder["c.png"], folder["cut.png"]);
        var lines = output.Split('\n');
        Assert.StartsWith($"{folder["a.png"]}: red ", lines[0], error);
        Assert.StartsWith($"{folder["b.png"]}: blue ", lines[1], error);
        Assert.Contains("c.png", error);
        Assert.Contains("cut.png", error);
        Assert.DoesNotContain("cut.png", output);
        Assert.AreEqual(1, exitCode);

        (exitCode, _, error) = ExampleProcess.Run("ConsumeModel", folder["absent.zip"], folder["a.png"]);
        Assert.AreEqual(1, exitCode);
        Assert.Contains("absent.zip", error);
    }
}
