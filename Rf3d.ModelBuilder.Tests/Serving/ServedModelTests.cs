using Rf3d.MLNet.Tests.Serving;

namespace Rf3d.ModelBuilder.Tests.Serving;

/// <summary>A model of the page whose file changes.</summary>
[TestClass]
public class ServedModelTests
{
    [TestMethod]
    public void A_changed_file_whose_pipeline_changes_images_is_refused_and_the_model_before_is_used()
    {
        using var folder = new TempFolder();
        var path = folder["served.zip"];
        File.Copy(GeneratedApplication.Model, path);
        var (clock, notes, image) = (new ManualClock(), new List<string>(), GeneratedApplication.TestImage("red"));
        using var served = new ServedModel("served", new() { Path = path, TimeProvider = clock }, notes.Add);
        var scores = served.Predictor.Predict(image).Scores.ToArray();

        GrayModel.Write(path);
        for (var i = 0; i < 3; i++)
            clock.Tick();
        Assert.Contains("changes images before the classifier (ImageGrayscalingTransformer)", served.ReloadError ?? "");
        Assert.DoesNotContain(folder.Path, served.ReloadError!);
        Assert.Contains("the page uses the model that was loaded before", notes.Single());
        CollectionAssert.AreEqual(scores, served.Predictor.Predict(image).Scores.ToArray());
    }
}
