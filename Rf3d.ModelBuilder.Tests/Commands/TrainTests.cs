using System.Text.Json.Nodes;
using Microsoft.ML;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.ModelBuilder.Tests.Commands;

[TestClass]
public class TrainTests
{
    [TestMethod]
    public void Retrains_from_its_own_configuration_and_replaces_the_model_beside_it()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 6);
        Tool.Run(
            "image-classification", "--dataset", folder["data"], "--output", folder.Path, "--name", "Again", "--epoch", "1", "--image-size", "16x24", "--batch-size", "8",
            "--decomposition", "dw+pw", "--device", "cpu", "--seed", "7").Must(0);
        var before = File.ReadAllText(folder["Again", "Again.mbconfig"]);
        File.WriteAllText(folder["Again", "Again.zip"], "");
        File.WriteAllText(folder["Again", "Again.report.html"], "");

        var result = Tool.Run("train", "--training-config", folder["Again", "Again.mbconfig"]).Must(0);
        Assert.Contains("on 16x24 images", result.Output);
        Tool.Run("evaluate", folder["Again", "Again.zip"], "--dataset", folder["data"]).Must(0);
        Assert.IsGreaterThan(10_000, new FileInfo(folder["Again", "Again.report.html"]).Length);
        Assert.AreEqual(WithoutHistory(before), WithoutHistory(File.ReadAllText(folder["Again", "Again.mbconfig"])));
    }

    [TestMethod]
    public void The_configuration_has_the_fields_of_Model_Builder()
    {
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(GeneratedApplication.Path, "Colours.mbconfig")))!;
        Assert.AreEqual("ImageClassification", (string?)config["Scenario"]);
        Assert.AreEqual("TrainingConfig", (string?)config["Type"]);
        Assert.AreEqual(5, (int?)config["Version"]);
        Assert.AreEqual(GeneratedApplication.Dataset, (string?)config["DataSource"]!["FolderPath"]);
        Assert.AreEqual("LocalCPU", (string?)config["Environment"]!["Type"]);
        Assert.AreEqual("ClassificationTrainingOption", (string?)config["TrainingOption"]!["Type"]);
        Assert.AreEqual(int.MaxValue, (int?)config["TrainingOption"]!["TrainingTime"]);
        Assert.AreEqual("Colours.zip", (string?)config["RunHistory"]!["ModelFilePath"]);
        Assert.AreEqual("Rf3dImageClassifier", (string?)config["RunHistory"]!["Trials"]![0]!["TrainerName"]);
    }

    [TestMethod]
    public void A_configuration_of_Model_Builder_itself_is_trained_with_the_defaults()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 6);
        File.WriteAllText(folder["Food.mbconfig"], """
            {
              "Scenario": "ImageClassification", "Type": "TrainingConfig", "Version": 5,
              "DataSource": { "Type": "Folder", "Version": 1, "FolderPath": "data" },
              "Environment": { "Type": "LocalCPU", "Version": 1 },
              "TrainingOption": { "Version": 2, "Type": "ClassificationTrainingOption", "Subsampling": false, "TrainingTime": 3, "OptimizeMetric": "MicroAccuracy", "Seed": 0 }
            }
            """);
        Assert.Contains("epoch 1/1", Tool.Run(new SteppingClock(200), "train", "--training-config", folder["Food.mbconfig"]).Must(0).Output);
        Tool.Run("evaluate", folder["Food.zip"], "--dataset", folder["data"]).Must(0);
        using var model = Rf3dSavedModel.Load(new MLContext(), folder["Food.zip"]);
        Assert.AreEqual((nameof(Architecture.ResNet18Slim), 0, 15L, 3L), (model.Plan.Original.Name, model.History!.Seed, model.History.TrainingImages, model.History.ValidationImages));
        Assert.IsNull(model.History.Pretrained);
    }

    [TestMethod]
    [DataRow("""{ "Scenario": "Regression", "Type": "TrainingConfig", "Version": 5 }""", "its scenario is Regression")]
    [DataRow("""{ "Scenario": "ImageClassification", "Type": "TrainingConfig", "Version": 2 }""", "version 2")]
    [DataRow("""{ "Scenario": "ImageClassification", "Type": "TrainingConfig", "Version": 5 }""", "names no folder")]
    [DataRow("""{ "Scenario": 5 }""", "cannot be read")]
    [DataRow("""{ "Scenario": """, "cannot be read")]
    [DataRow("[]", "no JSON object")]
    [DataRow("{}", "Scenario is missing")]
    public void The_error_for_a_configuration_that_cannot_be_used_names_the_reason(string content, string reason)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["a.mbconfig"], content);
        Assert.Contains(reason, Tool.Run("train", "--training-config", folder["a.mbconfig"]).Must(1).Error);
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void A_configuration_goes_with_no_other_option()
    {
        Assert.Contains("--epoch cannot go with", Tool.Run("train", "--training-config", "a.mbconfig", "--epoch", "3").Must(2).Error);
        Assert.Contains("Either --dataset or", Tool.Run("train").Must(2).Error);
        Assert.Contains("no file", Tool.Run("train", "--training-config", "absent.mbconfig").Must(1).Error);
    }

    [TestMethod]
    [DataRow("train")]
    [DataRow("image-classification")]
    public void An_interrupted_training_keeps_the_best_epoch_and_the_same_command_resumes_it(string command)
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 6);
        string[] arguments =
        [
            command, "--dataset", folder["data"], "--output", folder["out"], "--image-size", "16", "--batch-size", "8", "--device", "cpu", "--epoch", "3",
            "--checkpoint-directory", folder["saved"],
        ];
        using var stop = new CancellationTokenSource();
        using var output = new TriggerWriter("epoch 1/3", stop.Cancel);
        Assert.AreEqual(ExitCode.Cancelled, RfCommand.Run(arguments, CommandConsole.Create(output, TextWriter.Null, isTerminal: false, noColor: false), stop.Token));
        Assert.Contains($"the model is the one of epoch 1, the best so far. The same command resumes it from '{folder["saved"]}'", output.ToString());

        // Only files of the interrupted training are replaced without --force, and of generated code only unchanged files.
        var written = Directory.GetFiles(folder["out"], command == "train" ? "*.zip" : "Program.cs", SearchOption.AllDirectories)[0];
        var own = File.ReadAllBytes(written);
        File.WriteAllText(written, "of another program");
        Assert.Contains("--force", Tool.Run(arguments).Must(1).Error);
        File.WriteAllBytes(written, own);

        var resumed = Tool.Run(arguments).Must(0).Output;
        Assert.Contains($"Resumed from '{folder["saved"]}': 1 epochs were complete", resumed);
        Assert.DoesNotContain("epoch 1/3", resumed);
        Assert.Contains("epoch 3/3", resumed);
        Assert.Contains("--force", Tool.Run(arguments).Must(1).Error);
    }

    [TestMethod]
    public void Checkpoints_go_with_a_configuration_but_not_with_as_many_epochs_as_fit()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 6);
        string[] quick = ["--dataset", folder["data"], "--output", folder.Path, "--image-size", "16", "--batch-size", "8", "--device", "cpu"];
        Tool.Run(["image-classification", "--name", "Again", "--no-report", "--epoch", "1", .. quick]).Must(0);
        var config = folder["Again", "Again.mbconfig"];
        Tool.Run("train", "--training-config", config, "--checkpoint-directory", folder["saved"]).Must(0);
        Assert.HasCount(2, Directory.GetFiles(folder["saved"], "*.safetensors"));
        Assert.DoesNotContain("saved", File.ReadAllText(config));

        using var stop = new CancellationTokenSource();
        using var output = new TriggerWriter("epoch 1/3", stop.Cancel);
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"Epoch\": 1", "\"Epoch\": 3", StringComparison.Ordinal));
        Assert.AreEqual(
            ExitCode.Cancelled, RfCommand.Run(["train", "--training-config", config, "--checkpoint-directory", folder["begun"]], CommandConsole.Create(output, TextWriter.Null, isTerminal: false, noColor: false), stop.Token));
        Assert.IsTrue(File.Exists(folder["begun", "interrupted.sha256"]), output.ToString());

        Assert.Contains("needs a number of epochs", Tool.Run(["train", "--train-time", "5", "--checkpoint-directory", folder["saved"], .. quick]).Must(1).Error);
        string[] inside = ["image-classification", "--name", "New", "--checkpoint-directory", folder["New", "saved"], .. quick];
        Assert.Contains("Choose a folder beside it", Tool.Run(inside).Must(1).Error);
        Assert.IsFalse(Directory.Exists(folder["New"]));
    }

    [TestMethod]
    public void It_says_where_larger_images_would_cost_less()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 2);
        string[] quick = ["--dataset", folder["data"], "--output", folder.Path, "--image-size", "48", "--batch-size", "4", "--device", "cpu", "--epoch", "1"];
        var result = Tool.Run(["train", "--architecture", "resnet18", "--width-multiplier", "0.25", .. quick]).Must(0);
        Assert.Contains("Larger images would cost less", result.Output);
    }

    [TestMethod]
    public void A_time_for_a_training_of_the_last_layer_alone_trains_it_once()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 6);
        string[] quick = ["--dataset", folder["data"], "--output", folder.Path, "--image-size", "16", "--device", "cpu", "--pretrained", GeneratedApplication.Onnx];
        var second = Tool.Run(["train", "--name", "Second", "--adaptation", "Probe", "--train-time", "60", .. quick]).Must(0);
        Assert.DoesNotContain("not used", second.Error, "No number of epochs was set.");
        var output = second.Output;
        foreach (var part in new[] { "] features  ", "] last layer  ", "a logistic regression on its features" })
            Assert.HasCount(2, output.Split(part), output);
        Assert.DoesNotContain("epoch 1/", output);
        Assert.DoesNotContain("then learned", output);
        // Where epochs are trained, they are measured first.
        output = Tool.Run(new SteppingClock(200), ["train", "--name", "Third", "--adaptation", "FineTune", "--train-time", "1000", "--batch-size", "8", .. quick]).Must(0).Output;
        Assert.Contains("An epoch takes about", output);
        Assert.Contains("] epoch 1/", output);
    }

    [TestMethod]
    public void Where_test_images_measure_the_result_the_last_layer_learns_from_the_validation_images_in_the_end()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data", "train"], 10);
        Images.Dataset(folder["data", "test"], 4, seed: 3);
        string[] quick = ["--dataset", folder["data"], "--output", folder.Path, "--image-size", "16", "--device", "cpu", "--pretrained", GeneratedApplication.Onnx];
        var output = Tool.Run(["train", "--name", "Probe", .. quick]).Must(0).Output;
        Assert.Contains("The classifier then learned from the 6 validation images, too.", output);
        Assert.Contains("On the test images, which training has not seen:", output);
        using var model = Rf3dSavedModel.Load(new MLContext(), folder["Probe.zip"]);
        Assert.IsTrue(model.History!.Pretrained!.LearnedValidationImages);
        Assert.DoesNotContain("then learned", Tool.Run(["train", "--name", "Tuned", "--adaptation", "FineTune", "--epoch", "1", .. quick]).Must(0).Output);
    }

    [TestMethod]
    public void Where_no_epoch_of_fine_tuning_fits_into_the_time_the_last_layer_is_trained_once()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 420);
        string[] quick = ["--dataset", folder["data"], "--output", folder.Path, "--image-size", "16", "--device", "cpu", "--pretrained", GeneratedApplication.Onnx, "--train-time", "0.001"];
        var result = Tool.Run(["train", "--name", "Auto", .. quick]).Must(0);
        foreach (var part in new[] { "] features  ", "] last layer  ", "longer than --train-time leaves.", "a logistic regression on its features" })
            Assert.HasCount(2, result.Output.Split(part), result.Output);
        Assert.Contains("No further epoch fits into --train-time; the model is the classifier on pretrained features, the best so far.", result.Output);
        Assert.DoesNotContain("cancelled", result.Output + result.Error);
        Assert.DoesNotContain("epoch 1/", result.Output);
        // Where fine-tuning is asked for, there is an epoch of it.
        var output = Tool.Run(["train", "--name", "Tuned", "--adaptation", "FineTune", .. quick]).Must(0).Output;
        Assert.Contains("one epoch is trained, because there is no model without it", output);
        Assert.Contains("epoch 1/1", output);
        Assert.Contains("fine-tuned", output);
    }

    [TestMethod]
    public void A_warm_up_is_as_long_as_the_epochs_that_fit_at_most()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 6);
        var output = Tool.Run(
            "train", "--dataset", folder["data"], "--output", folder.Path, "--image-size", "16", "--batch-size", "8", "--device", "cpu", "--train-time", "0.001", "--warm-up-epochs", "3").Must(0).Output;
        Assert.Contains("--warm-up-epochs is lowered from 3 to 1", output);
        Assert.Contains("epoch 1/1", output);
    }

    [TestMethod]
    public void A_probe_has_no_checkpoint_and_is_rescued_where_it_cannot_be_measured()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data", "train"], 6);
        Images.Dataset(folder["data", "test"], 4, seed: 3);
        Images.WriteCut(folder["data", "test", "red", "cut.png"]);
        var error = Tool.Run(
            "train", "--dataset", folder["data"], "--output", folder["out"], "--name", "Probe", "--device", "cpu", "--pretrained", GeneratedApplication.Onnx, "--adaptation", "Probe", "--image-size", "16",
            "--checkpoint-directory", folder["checkpoints"]).Must(1).Error;
        Assert.Contains("cut.png' cannot be read", error);
        Assert.DoesNotContain("Finished trainings are kept", error);
        Assert.Contains("The trained model is not lost: it is in '", error);
        Assert.HasCount(1, Directory.GetFiles(folder["out"], "Probe.*.zip"));
    }

    [TestMethod]
    public void A_folder_of_the_models_name_is_found_before_the_training()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 2);
        Directory.CreateDirectory(folder["Taken.zip"]);
        var result = Tool.Run("train", "--dataset", folder["data"], "--output", folder.Path, "--name", "Taken", "--force").Must(1);
        Assert.Contains("Taken.zip' is a folder. Choose another --name or --output.", result.Error);
        Assert.AreEqual("", result.Output);
    }

    private static string WithoutHistory(string config)
    {
        var root = JsonNode.Parse(config)!.AsObject();
        root.Remove("RunHistory");
        return root.ToJsonString();
    }
}
