using System.Text.Json.Nodes;
using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.ModelBuilder.Tests.Options;

/// <summary>Each member of a request comes from the command line, survives a configuration file, and is in the generated code.</summary>
[TestClass]
public sealed class TrainingRequestTests : IDisposable
{
    private readonly TempFolder _folder = new();

    /// <summary>No value is the default.</summary>
    private TrainingRequest Request => new()
    {
        Dataset = _folder["data"],
        Labels = new(_folder["labels.csv"], "photo", "kind"),
        ValidationDataset = _folder["validation"],
        TestDataset = _folder["test"],
        Exclude = _folder["audit.csv"],
        ValidationFraction = 0.3,
        TrainTime = 90,
        Preset = TrainingPreset.FewImages,
        ImageSize = new Size2D(24, 16),
        Seed = 7,
        SkipBadImages = true,
        MaxMegapixels = 12,
        ApplyOrientation = false,
        CheckpointDirectory = _folder["checkpoints"],
        Chosen = [Chosen("--momentum", "0.8")],
    };

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void No_member_of_the_request_is_left_out_here()
    {
        var (request, usual) = (Text(Request), Text(new TrainingRequest { Dataset = "." }));
        // The command train alone has the other one, and no file keeps it: ContinueTrainingTests.
        foreach (var member in request.Keys.Where(member => member != nameof(TrainingRequest.ContinueFrom)))
            Assert.AreNotEqual(usual[member], request[member], member);
    }

    [TestMethod]
    public void The_command_line_sets_all_of_them()
    {
        var command = new System.CommandLine.Command("train");
        var options = new TrainingOptions();
        options.AddTo(command);
        var parsed = command.Parse(
        [
            "--dataset", _folder["data"], "--validation-dataset", _folder["validation"], "--test-dataset", _folder["test"], "--validation-fraction", "0.3", "--train-time", "90",
            "--preset", "fewimages", "--image-size", "24x16", "--seed", "7", "--skip-bad-images", "--max-megapixels", "12", "--checkpoint-directory", _folder["checkpoints"], "--momentum", "0.8",
            "--labels", _folder["labels.csv"], "--image-column", "photo", "--label-column", "kind", "--no-orientation", "--exclude", _folder["audit.csv"],
        ]);
        Assert.IsEmpty(parsed.Errors, string.Join(" ", parsed.Errors.Select(error => error.Message)));
        AssertSame(Request, options.Request(parsed));
    }

    [TestMethod]
    public void An_experiment_has_the_seed_of_its_request()
    {
        var command = new System.CommandLine.Command("experiment");
        var options = new ExperimentOptions();
        options.AddTo(command);
        Assert.AreEqual(7, options.Settings(command.Parse(["--dataset", _folder["data"], "--train-time", "60", "--seed", "7"])).Seed);
    }

    [TestMethod]
    public void A_configuration_file_keeps_all_of_them()
    {
        // Where a training is saved is said on the command line; and either there is a folder for validation or a share.
        AssertSame(Request with { CheckpointDirectory = null, ValidationFraction = TrainingRequest.DefaultValidationFraction }, Reread(Request));
        AssertSame(Request with { CheckpointDirectory = null, ValidationDataset = null }, Reread(Request with { ValidationDataset = null }));
    }

    [TestMethod]
    public void The_trainer_gets_its_options()
    {
        var options = Request.Options();
        Assert.AreEqual((24, 16, 7, _folder["checkpoints"]), (options.ImageHeight, options.ImageWidth, options.Seed, options.CheckpointDirectory));
        // Of the preset, and of the chosen options.
        Assert.AreEqual((0.995, 0.8), (options.EmaDecay, options.Momentum));
    }

    [TestMethod]
    public void A_configuration_file_has_the_values_of_the_training()
    {
        var history = SmallTransformer.Model.History with { Pretrained = Origin(Adaptation.FineTune) };
        var trained = JsonNode.Parse(MbConfig.Write(Request, new(0.75, 12, history), "a.zip"))!["RunHistory"]!["Trials"]![0]!["Parameter"]!["e0"]!;
        Assert.AreEqual((history.BatchSize, history.LearningRate, 2), ((int)trained["BatchSize"]!, (double)trained["LearningRate"]!, (int)trained["Epoch"]!));
        Assert.AreEqual((history.Precision.ToString(), "some-network", "FineTune"), ((string)trained["Precision"]!, (string)trained["Pretrained"]!, (string)trained["Adaptation"]!));
    }

    [TestMethod]
    public void The_generated_code_has_the_values_of_the_training()
    {
        var history = SmallTransformer.Model.History;
        CollectionAssert.AreEquivalent(
            new[]
            {
                "options.Seed = 7;", "options.ImageHeight = 16;", "options.ImageWidth = 24;", "options.Epoch = 2;", $"options.BatchSize = {history.BatchSize};",
                $"options.LearningRate = {OptionValues.Code(history.LearningRate)};", $"options.Precision = TrainingPrecision.{history.Precision};", "options.Momentum = 0.8;",
                "options.Pretrained = \"none\";",
            },
            Lines(pretrained: null));

        Assert.Contains("options.Adaptation = Adaptation.FineTune;", Lines(pretrained: null, Chosen("--adaptation", "finetune")));
        var tuned = Lines(Origin(Adaptation.FineTune));
        Assert.Contains("options.Pretrained = \"some-network\";", tuned);
        Assert.Contains("options.Adaptation = Adaptation.FineTune;", tuned);
        Assert.Contains("options.Epoch = 2;", tuned);
        // A file stays a file, and a probe has no steps.
        var probed = Lines(Origin(Adaptation.Probe), Chosen("--pretrained", "weights.onnx"));
        Assert.Contains("options.Pretrained = \"weights.onnx\";", probed);
        Assert.Contains("options.Adaptation = Adaptation.Probe;", probed);
        Assert.IsFalse(probed.Any(line => line.StartsWith("options.BatchSize", StringComparison.Ordinal) || line.StartsWith("options.Epoch", StringComparison.Ordinal)));

        List<string> Lines(PretrainedOrigin? pretrained, params OptionValue[] more)
        {
            // Of the preset there are no lines: the code starts from it.
            var request = Request with { Chosen = [.. Request.Chosen, .. more] };
            return [.. TrainingCode.Lines(request, new(SmallTransformer.Model.Model, history with { Pretrained = pretrained }, null!))];
        }
    }

    [TestMethod]
    public void The_generated_application_reads_images_as_the_training_did()
    {
        Images.Dataset(_folder["data"], 6);
        Tool.Run(
            "image-classification", "--dataset", _folder["data"], "--output", _folder["out"], "--name", "Kept", "--preset", "fast", "--epoch", "1", "--image-size", "16", "--batch-size", "8",
            "--device", "cpu", "--seed", "7", "--validation-fraction", "0.34", "--skip-bad-images", "--max-megapixels", "12", "--no-orientation", "--no-report").Must(0);
        var code = File.ReadAllText(_folder["out", "Kept", "Kept.training.cs"]);
        foreach (var part in new[] { "FromPreset(TrainingPreset.Fast)", "BadImageAction.Skip", "MaxPixels = 12000000", "ApplyOrientation = false", "train.Split(0.34, seed: 7)", "options.Seed = 7;" })
            Assert.Contains(part, code);
    }

    [TestMethod]
    public void Test_images_of_their_own_are_loaded_from_their_folder_and_those_of_the_data_set_from_it()
    {
        Images.Dataset(_folder["data"], 6);
        Images.Dataset(_folder["test"], 2);
        File.WriteAllLines(_folder["table.csv"], ["path,label", .. new[] { "blue", "green", "red" }.SelectMany(kind => Enumerable.Range(0, 6).Select(i => $"{kind}/{i:000}.png,{kind}"))]);
        string Evaluation(TrainingRequest request) => LoadingCode.Values(request, DataSets.Load(new MLContext(1), request)).Single(value => value.Placeholder == "LoadEvaluation").Code;
        var request = new TrainingRequest { Dataset = _folder["data"], Labels = new(_folder["table.csv"], null, null) };
        Assert.StartsWith("mlContext.Data.LoadImageTable(", Evaluation(request));
        Assert.StartsWith("mlContext.Data.LoadImageFolder(folder", Evaluation(request with { TestDataset = _folder["test"] }));
    }

    private static OptionValue Chosen(string flag, string value)
    {
        var row = TrainingOptionTable.All.Single(row => row.Flag == flag);
        return new(row, OptionValues.Parse(row.Type, value));
    }

    private static PretrainedOrigin Origin(Adaptation adaptation) => new() { Name = "some-network", Sha256 = new string('0', 64), KeptParameters = 1, Adaptation = adaptation };

    private static SortedDictionary<string, string> Text(TrainingRequest request) => new(
        typeof(TrainingRequest).GetProperties().Where(property => property.SetMethod is not null).ToDictionary(property => property.Name, property => property.GetValue(request) switch
        {
            IReadOnlyList<OptionValue> chosen => string.Join(' ', chosen.Select(value => $"{value.Option.Flag}={OptionValues.Text(value.Value)}")),
            var value => OptionValues.Text(value),
        }), StringComparer.Ordinal);

    private static void AssertSame(TrainingRequest expected, TrainingRequest actual)
    {
        var (all, found) = (Text(expected), Text(actual));
        foreach (var member in all.Keys)
            Assert.AreEqual(all[member], found[member], member);
    }

    private TrainingRequest Reread(TrainingRequest request)
    {
        File.WriteAllText(_folder["a.mbconfig"], MbConfig.Write(request, new(1, 1, SmallTransformer.Model.History), "a.zip"));
        return MbConfig.Read(_folder["a.mbconfig"]);
    }
}
