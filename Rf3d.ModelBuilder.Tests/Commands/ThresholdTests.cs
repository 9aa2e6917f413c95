using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Rf3d.ModelBuilder.Tests.Serving;

namespace Rf3d.ModelBuilder.Tests.Commands;

/// <summary>Images that a model does not answer, by the commands of the tool.</summary>
[TestClass]
public sealed class ThresholdTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _model;

    public ThresholdTests() => File.Copy(GeneratedApplication.Model, _model = _folder["Colours.zip"]);

    private static string Red => GeneratedApplication.TestImage("red");

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void Predictions_below_the_threshold_are_unknown_with_their_best_class()
    {
        Assert.StartsWith("Unknown  red ", Predict("--min-confidence", "1"));
        Assert.StartsWith("red      red ", Predict("--min-confidence", "0.01"));
        Assert.StartsWith("red   ", Predict());

        var csv = Predict("--min-confidence", "1", "--format", "csv").ReplaceLineEndings("\n").Split('\n');
        Assert.AreEqual("File,PredictedLabel,BestLabel,Score.blue,Score.green,Score.red", csv[0]);
        Assert.StartsWith($"{Red},Unknown,red,", csv[1]);

        var json = JsonDocument.Parse(Predict("--min-confidence", "1", "--format", "json")).RootElement;
        Assert.AreEqual(("Unknown", true, "red"), (json.GetProperty("predictedLabel").GetString(), json.GetProperty("isUnknown").GetBoolean(), json.GetProperty("bestLabel").GetString()));
        Assert.IsFalse(JsonDocument.Parse(Predict("--format", "json")).RootElement.TryGetProperty("isUnknown", out _));
        Assert.Contains("1 are Unknown", Tool.Run("predict", _model, Red, "--min-confidence", "1", "--summary").Must(0).Error);
    }

    [TestMethod]
    public void A_stored_threshold_is_that_of_the_model_until_an_option_says_otherwise()
    {
        Assert.Contains("has no threshold", Tool.Run("threshold", _model).Must(0).Output);
        Assert.Contains("predicts Unknown where the most probable class has a probability below 0.99999.", Tool.Run("threshold", _model, "--min-confidence", "0.99999").Must(0).Output);
        Assert.Contains("below 0.99999", Tool.Run("threshold", _model).Must(0).Output);
        Assert.StartsWith("Unknown  red ", Predict());
        Assert.StartsWith("red   ", Predict("--min-confidence", "0"));
        Tool.Run("threshold", _model, "--min-confidence", "0").Must(0);
        Assert.StartsWith("red   ", Predict());
    }

    [TestMethod]
    public async Task The_page_says_which_images_are_unknown()
    {
        Tool.Run("threshold", _model, "--min-confidence", "0.99999").Must(0);
        await using var site = await Site.Start(_model, GeneratedApplication.Model);
        Assert.AreEqual((0.99999f, 0f), ((await Models(site))[0].MinConfidence, (await Models(site))[1].MinConfidence));
        var image = await File.ReadAllBytesAsync(Red);
        using var unknown = await site.Post("/predict", image);
        var prediction = (await unknown.Content.ReadFromJsonAsync<SitePrediction>())!;
        Assert.AreEqual(("Unknown", true, "red"), (prediction.PredictedLabel, prediction.IsUnknown, prediction.Scores[0].Label));
    }

    [TestMethod]
    public void An_evaluation_shows_what_a_threshold_costs_and_brings()
    {
        var test = Path.Combine(GeneratedApplication.Dataset, "test");
        Assert.Contains("Answered with a confidence of at least 0.01: 18 images (100.00 %), accuracy", Tool.Run("evaluate", _model, "--dataset", test, "--min-confidence", "0.01").Must(0).Output);
        Assert.DoesNotContain("Answered", Tool.Run("evaluate", _model, "--dataset", test).Must(0).Output);
        var json = JsonDocument.Parse(Tool.Run("evaluate", _model, "--dataset", test, "--min-confidence", "0.99999", "--json").Must(0).Output).RootElement;
        Assert.IsLessThan(18, json.GetProperty("answered").GetProperty("answered").GetInt64());
        Assert.AreEqual(JsonValueKind.Array, json.GetProperty("coverage").ValueKind);
    }

    [TestMethod]
    [DataRow("1.5")]
    [DataRow("-0.1")]
    [DataRow("much")]
    public void Values_that_are_no_threshold_are_named(string value)
    {
        foreach (var command in new[] { new[] { "predict", _model, Red }, ["evaluate", _model, "--dataset", "."], ["serve", _model], ["threshold", _model] })
            Assert.Contains("--min-confidence", Tool.Run([.. command, "--min-confidence", value]).Must(2).Error);
    }

    [TestMethod]
    public async Task Images_below_the_typicality_are_unknown_and_all_formats_and_the_page_have_it()
    {
        var test = Path.Combine(GeneratedApplication.Dataset, "test");
        Tool.Run(
            "train", "--dataset", GeneratedApplication.Dataset, "--name", "Probe", "--output", _folder.Path, "--pretrained", GeneratedApplication.Onnx, "--adaptation", "Probe", "--image-size", "16",
            "--device", "cpu").Must(0);
        var typicality = Json().ToDictionary(line => line.GetProperty("file").GetString()!, line => line.GetProperty("typicality").GetSingle());
        Assert.HasCount(18, typicality);
        var threshold = (typicality.Values.Min() + typicality.Values.Max()) / 2;
        string[] option = ["--min-typicality", threshold.ToString("R", CultureInfo.InvariantCulture)];
        foreach (var line in Json(option))
        {
            var file = line.GetProperty("file").GetString()!;
            Assert.AreEqual((typicality[file] < threshold, typicality[file] < threshold), (line.GetProperty("isUnknown").GetBoolean(), line.GetProperty("predictedLabel").GetString() == "Unknown"), file);
        }
        var csv = Lines("csv", option);
        Assert.AreEqual("File,PredictedLabel,BestLabel,Typicality,Score.blue,Score.green,Score.red", csv[0]);
        foreach (var cells in csv.Skip(1).Select(line => line.Split(',')))
        {
            Assert.AreEqual(typicality[cells[0]], float.Parse(cells[3], CultureInfo.InvariantCulture), 1e-4f);
            Assert.AreEqual(typicality[cells[0]] < threshold, cells[1] == "Unknown", cells[0]);
        }

        await using var site = await Site.Start(_folder["Probe.zip"]);
        using var response = await site.Post("/predict", await File.ReadAllBytesAsync(Red));
        var prediction = (await response.Content.ReadFromJsonAsync<SitePrediction>())!;
        Assert.AreEqual(typicality[Red], prediction.Typicality!.Value, 1e-3f);

        List<JsonElement> Json(params string[] options) => Lines("json", options).ConvertAll(line => JsonDocument.Parse(line).RootElement);

        List<string> Lines(string format, params string[] options) =>
            [.. Tool.Run(["predict", _folder["Probe.zip"], test, "--format", format, .. options]).Must(0).Output.Trim().ReplaceLineEndings("\n").Split('\n')];
    }

    [TestMethod]
    public void A_model_that_does_not_know_the_typicality_says_which_option_to_leave_out()
    {
        var error = Tool.Run("predict", _model, Red, "--min-typicality", "0.05").Must(1).Error;
        Assert.Contains("--min-typicality is 0.05, and this model does not know how typical an image is", error);
        Assert.Contains("use --min-confidence", error);
    }

    private static async Task<List<SiteModel>> Models(Site site) => (await site.Client.GetFromJsonAsync<List<SiteModel>>("/models"))!;

    private string Predict(params string[] options) => Tool.Run(["predict", _model, Red, .. options]).Must(0).Output.Trim();
}
