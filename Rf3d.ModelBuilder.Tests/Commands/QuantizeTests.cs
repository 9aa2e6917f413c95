using System.Globalization;
using System.Text.RegularExpressions;
using Rf3d.MLNet;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Commands;

/// <summary><c>rf3d export --quantize</c>.</summary>
[TestClass]
public sealed class QuantizeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void A_model_in_int8_is_measured_and_used_as_any_other()
    {
        var result = Tool.Run("export", GeneratedApplication.Model, "--quantize", "int8", "--output", _folder["int8.zip"], "--dataset", GeneratedApplication.Dataset).Must(0);
        Assert.Contains("layers in int8, calibrated with 60 images.", result.Output);
        Assert.Contains("Calibration: 60 of 60 images", result.Error);
        Assert.Contains("18 images: both right", result.Output);
        Assert.Contains("Both predict the same class for ", result.Output);
        Assert.Contains("int8 ", result.Output.Trim().Split('\n')[^1]);
        Assert.IsLessThan(new FileInfo(GeneratedApplication.Model).Length, new FileInfo(_folder["int8.zip"]).Length);
        Assert.Contains("red", Tool.Run("predict", _folder["int8.zip"], Images.Write(_folder["a.png"], SKColors.Red)).Must(0).Output);
        Tool.Run("evaluate", _folder["int8.zip"], "--dataset", GeneratedApplication.Dataset).Must(0);
        Tool.Run("export", _folder["int8.zip"], "--onnx", _folder["int8.onnx"]).Must(0);
        Assert.Contains("is quantized already, to int8", Tool.Run("export", _folder["int8.zip"], "--quantize", "float16", "--output", _folder["x.zip"]).Must(1).Error);
        Assert.IsFalse(File.Exists(_folder["x.zip"]));
    }

    [TestMethod]
    public void Float16_needs_no_images_and_is_measured_where_there_are_some()
    {
        Assert.Contains("layers in float16.", Tool.Run("export", GeneratedApplication.Model, "--quantize", "float16", "--output", _folder["half.zip"]).Must(0).Output);
        var measured = Tool.Run("export", GeneratedApplication.Model, "--quantize", "float16", "--output", _folder["half.zip"], "--dataset", GeneratedApplication.Dataset, "--force").Must(0).Output;
        Assert.Contains("Both predict the same class for 100.00 % of the images.", measured);
    }

    [TestMethod]
    public void Float16_is_measured_on_all_images_of_a_data_set_without_parts()
    {
        var test = Path.Combine(GeneratedApplication.Dataset, "test");
        Assert.Contains("18 images: both right", Tool.Run("export", GeneratedApplication.Model, "--quantize", "float16", "--output", _folder["a.zip"], "--dataset", test).Must(0).Output);
        // Nothing has to be divided.
        var single = Images.Dataset(_folder["single"], 1);
        Assert.Contains("3 images: both right", Tool.Run("export", GeneratedApplication.Model, "--quantize", "float16", "--output", _folder["b.zip"], "--dataset", single).Must(0).Output);
        var error = Tool.Run("export", GeneratedApplication.Model, "--quantize", "int8", "--output", _folder["c.zip"], "--dataset", single).Must(1).Error;
        Assert.Contains("has no class of two or more images", error);
        Assert.Contains("--calibration", error);
    }

    [TestMethod]
    public void Progress_overwrites_a_line_only_where_standard_error_is_a_terminal()
    {
        for (var i = 0; i < 5; i++)
            Images.Write(_folder.New("photos", $"{i}.png"), i % 2 == 0 ? SKColors.Red : SKColors.Blue);
        var test = Path.Combine(GeneratedApplication.Dataset, "test");
        using var error = new StringWriter();
        var console = CommandConsole.Create(TextWriter.Null, error, isTerminal: true, noColor: true);
        Assert.AreEqual(
            ExitCode.Ok, RfCommand.Run(["export", GeneratedApplication.Model, "--quantize", "int8", "--output", _folder["a.zip"], "--dataset", test, "--calibration", _folder["photos"]], console, CancellationToken.None));
        var lines = error.ToString().Replace(Environment.NewLine, "\n", StringComparison.Ordinal);
        Assert.Contains("Calibration: 5 of 5 images\n", lines);
        Assert.DoesNotContain("\r", lines);
    }

    [TestMethod]
    public void Images_to_calibrate_with_need_no_labels_and_a_data_set_without_parts_is_divided()
    {
        for (var i = 0; i < 5; i++)
            Images.Write(_folder.New("photos", $"{i}.png"), i % 2 == 0 ? SKColors.Red : SKColors.Blue);
        var test = Path.Combine(GeneratedApplication.Dataset, "test");
        string[] command = ["export", GeneratedApplication.Model, "--quantize", "int8", "--output", _folder["a.zip"], "--dataset", test, "--calibration", _folder["photos"], "--calibration-method", "minmax", "--weight-bits", "7"];
        // The error names them all.
        var layer = Regex.Match(Tool.Run([.. command, "--float32-layers", "nine"]).Must(1).Error, @"It has ([^,]+), ").Groups[1].Value;
        var result = Tool.Run([.. command, "--float32-layers", layer]).Must(0);
        Assert.Contains("calibrated with 5 images", result.Output);
        Assert.Contains("18 images: both right", result.Output);
        var divided = Tool.Run("export", GeneratedApplication.Model, "--quantize", "int8", "--output", _folder["b.zip"], "--dataset", test).Must(0).Output;
        Assert.Contains("calibrated with 9 images", divided);
        Assert.Contains("9 images: both right", divided);
        Assert.AreEqual(Layers(divided) - 1, Layers(result.Output));
        // Fewer than there are classes.
        var few = Tool.Run("export", GeneratedApplication.Model, "--quantize", "int8", "--output", _folder["c.zip"], "--dataset", test, "--calibration-images", "2").Must(0).Output;
        Assert.Contains("calibrated with 2 images", few);
        Assert.Contains("16 images: both right", few);

        static int Layers(string output) => int.Parse(Regex.Match(output, @"(\d+) layers in int8").Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [TestMethod]
    public void A_model_whose_pipeline_changes_images_is_calibrated_with_any_number_of_images_of_the_data_set()
    {
        var test = Path.Combine(GeneratedApplication.Dataset, "test");
        string[] command = ["export", GrayModel.Write(_folder["gray.zip"]), "--quantize", "int8", "--output", _folder["a.zip"], "--dataset", test];
        // Fewer than there are classes.
        var output = Tool.Run([.. command, "--calibration-images", "2"]).Must(0).Output;
        Assert.Contains("calibrated with 2 images", output);
        Assert.Contains("16 images: both right", output);
        Assert.Contains("Leave --calibration out", Tool.Run([.. command, "--calibration", test, "--force"]).Must(1).Error);
    }

    [TestMethod]
    public void A_file_that_is_there_is_replaced_by_force_alone()
    {
        File.WriteAllText(_folder["other.zip"], "mine");
        string[] command = ["export", GeneratedApplication.Model, "--quantize", "float16", "--output", _folder["other.zip"]];
        Assert.Contains("is there already. Choose another --output, or replace it with --force.", Tool.Run(command).Must(1).Error);
        Assert.AreEqual("mine", File.ReadAllText(_folder["other.zip"]));
        Tool.Run([.. command, "--force"]).Must(0);
        Tool.Run("predict", _folder["other.zip"], Images.Write(_folder["a.png"], SKColors.Red)).Must(0);
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void The_model_is_not_replaced_under_another_name_either()
    {
        File.Copy(GeneratedApplication.Model, _folder.New("models", "v3.zip"));
        File.CreateSymbolicLink(_folder["current.zip"], _folder["models", "v3.zip"]);
        Directory.CreateSymbolicLink(_folder["link"], _folder["models"]);
        var before = File.ReadAllBytes(_folder["models", "v3.zip"]);
        Refused(_folder["current.zip"], _folder["models", "v3.zip"]);
        Refused(_folder["models", "v3.zip"], _folder["link", "v3.zip"]);
        if (OperatingSystem.IsMacOS())
            Refused(_folder["models", "v3.zip"], _folder["models", "V3.zip"]);

        void Refused(string model, string output)
        {
            foreach (var force in new[] { Array.Empty<string>(), ["--force"] })
                Assert.Contains("the model itself", Tool.Run(["export", model, "--quantize", "float16", "--output", output, .. force]).Must(1).Error);
            CollectionAssert.AreEqual(before, File.ReadAllBytes(_folder["models", "v3.zip"]));
        }
    }

    [TestMethod]
    public void Images_that_cannot_be_used_are_named_and_no_file_is_written()
    {
        Directory.CreateDirectory(_folder["empty"]);
        Assert.Contains("has no images. --calibration takes", Fail("--calibration", _folder["empty"]));
        Assert.Contains("There is no folder", Fail("--calibration", _folder["none"]));
        File.WriteAllText(_folder.New("bad", "a.png"), "no image");
        Assert.Contains("a.png", Fail("--calibration", _folder["bad"]));
        Assert.Contains("None of the images", Fail("--calibration", _folder["bad"], "--skip-bad-images"));
        Images.Write(_folder.New("flat", "a.png"), SKColors.Red);
        Assert.Contains(_folder["flat"], Tool.Run("export", GeneratedApplication.Model, "--quantize", "int8", "--output", _folder["x.zip"], "--dataset", _folder["flat"]).Must(1).Error);
        Assert.Contains("no layer 'nine'", Fail("--float32-layers", "nine"));
        Assert.Contains("the model itself", Tool.Run("export", GeneratedApplication.Model, "--quantize", "float16", "--output", GeneratedApplication.Model).Must(1).Error);
        Assert.Contains("a folder. Name the .zip", Tool.Run("export", GeneratedApplication.Model, "--quantize", "float16", "--output", _folder["empty"]).Must(1).Error);
        File.WriteAllText(_folder["text.zip"], "no model");
        Assert.Contains("text.zip' is not a model of this trainer", Tool.Run("export", _folder["text.zip"], "--quantize", "float16", "--output", _folder["x.zip"]).Must(1).Error);
        Assert.IsFalse(File.Exists(_folder["x.zip"]));

        string Fail(params string[] arguments) =>
            Tool.Run(["export", GeneratedApplication.Model, "--quantize", "int8", "--output", _folder["x.zip"], "--dataset", GeneratedApplication.Dataset, .. arguments]).Must(1).Error;
    }

    [TestMethod]
    [DataRow("--quantize needs a MODEL", "--quantize", "float16", "--output", "a.zip")]
    [DataRow("--quantize needs --output", "m.zip", "--quantize", "float16")]
    [DataRow("--quantize int8 needs --dataset", "m.zip", "--quantize", "int8", "--output", "a.zip")]
    [DataRow("One of --onnx, --target, --quantize and --torchrun is needed", "m.zip", "--quantize", "int8", "--output", "a.zip", "--dataset", "d", "--onnx", "b")]
    [DataRow("--epoch cannot go with --quantize", "m.zip", "--quantize", "int8", "--output", "a.zip", "--dataset", "d", "--epoch", "2")]
    [DataRow("--calibration cannot go with --quantize float16", "m.zip", "--quantize", "float16", "--output", "a.zip", "--calibration", "d")]
    [DataRow("--calibration-images is 0", "m.zip", "--quantize", "int8", "--output", "a.zip", "--dataset", "d", "--calibration-images", "0")]
    [DataRow("--weight-bits is 6", "m.zip", "--quantize", "int8", "--output", "a.zip", "--dataset", "d", "--weight-bits", "6")]
    [DataRow("int4", "m.zip", "--quantize", "int4", "--output", "a.zip", "--dataset", "d")]
    [DataRow("--output cannot go with --onnx.", "m.zip", "--onnx", "b", "--output", "a.zip")]
    public void Wrong_combinations_and_values_are_errors_of_the_command_line(string text, params string[] arguments) =>
        Assert.Contains(text, Tool.Run(["export", .. arguments]).Must(2).Error);

    [TestMethod]
    public void One_sentence_says_whether_it_pays()
    {
        Assert.Contains("int8 pays here: 2.0 times as fast, accuracy -0.10 % (95 % interval -0.40 % to +0.20 %).", Verdict(10, 5, -0.001, -0.004, 0.002));
        Assert.Contains("int8 does not pay here: it is not faster on this machine (11.00 ms an image, and 10.00 ms in float32).", Verdict(10, 11, -0.001, -0.004, 0.002));
        Assert.Contains("int8 may not pay here: 500 images do not rule out a loss of more than 1.00 %", Verdict(10, 5, -0.001, -0.014, 0.012));
        Assert.Contains("; and it costs accuracy: accuracy -3.00 %", Verdict(10, 11, -0.03, -0.04, -0.02));
        Assert.Contains("float16 keeps the accuracy here", new QuantizationVerdict(ModelPrecision.Float16, 10, 20, 500, 0, new(-0.001, 0.001)).ToString());

        static string Verdict(double before, double after, double difference, double low, double high) =>
            new QuantizationVerdict(ModelPrecision.Int8, before, after, 500, difference, new(low, high)).ToString();
    }
}
