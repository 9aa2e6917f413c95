using System.Text.Json;

namespace Rf3d.ModelBuilder.Tests.Commands;

[TestClass]
public class HelpTests
{
    [TestMethod]
    [DataRow]
    [DataRow("image-classification")]
    [DataRow("train")]
    [DataRow("experiment")]
    [DataRow("audit")]
    [DataRow("evaluate")]
    [DataRow("compare")]
    [DataRow("predict")]
    [DataRow("report")]
    [DataRow("threshold")]
    [DataRow("serve")]
    [DataRow("plan")]
    [DataRow("export")]
    [DataRow("import")]
    [DataRow("doctor")]
    [DataRow("install-libtorch")]
    [DataRow("install-weights")]
    [DataRow("install-heic")]
    public void Help_has_examples_and_the_exit_codes(params string[] command)
    {
        var result = Tool.Run([.. command, "--help"]).Must(0);
        Assert.Contains("Examples:\n  rf3d ", result.Output.ReplaceLineEndings("\n"));
        Assert.Contains("130 cancelled", result.Output);
        Assert.AreEqual("", result.Error);
    }

    [TestMethod]
    public void Plans_are_printed_as_table_and_as_json()
    {
        Assert.Contains("5 units", Tool.Run("plan", "--architecture", "vgg16", "--image-size", "32").Must(0).Output);
        using var json = JsonDocument.Parse(Tool.Run("plan", "--architecture", "vgg16", "--image-size", "32", "--clamping", "unclamped", "--json").Must(0).Output);
        Assert.AreEqual(5_101_194, json.RootElement.GetProperty("optimized").GetProperty("parameters").GetInt64());
        Assert.Contains("at least 2 groups", Tool.Run("plan", "--decomposition", "dw+rpw-g1-o50").Must(2).Error);
        Assert.Contains("above the budget of 1,000", Tool.Run("plan", "--architecture", "resnet50", "--max-parameters", "1000").Must(1).Error);
    }

    [TestMethod]
    public void Doctor_finds_a_machine_that_trains_and_one_that_cannot_write()
    {
        using var folder = new TempFolder();
        var result = Tool.Run("doctor", "--output", folder.Path).Must(0);
        Assert.Contains("TorchSharp", result.Output);
        Assert.Contains("This machine can train.", result.Output);
        using var json = JsonDocument.Parse(Tool.Run("doctor", "--json", "--output", folder.Path).Must(0).Output);
        Assert.IsGreaterThan(4, json.RootElement.GetArrayLength());
    }

    [TestMethod]
    public void A_folder_whose_free_space_the_system_does_not_say_can_be_written_to_all_the_same()
    {
        using var folder = new TempFolder();
        var finding = MachineCheck.Disk("output folder", folder["none", "yet"], _ => null);
        Assert.AreEqual(Verdict.Good, finding.Verdict);
        Assert.StartsWith($"{folder.Path}: can be written to", finding.Text);
        Assert.AreEqual(Verdict.Note, MachineCheck.Disk("output folder", folder.Path, _ => 1).Verdict);
        Assert.Contains("2.0 GB free", MachineCheck.Disk("output folder", folder.Path, _ => 2_000_000_000).Text);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void The_remedy_for_temporary_files_names_the_variable_of_the_system()
    {
        var finding = MachineCheck.Disk("temporary files", "/proc");
        Assert.AreEqual(Verdict.Bad, finding.Verdict);
        Assert.AreEqual("Name another folder in the environment variable TMPDIR.", finding.Remedy);
    }

    [TestMethod]
    public void Without_libtorch_doctor_fails_and_says_what_to_do()
    {
        using var folder = new TempFolder();
        var result = Tool.Start("dotnet", [Tool.Assembly, "doctor"], environment: new() { ["NUGET_PACKAGES"] = folder.Path, ["HOME"] = folder.Path, ["XDG_DATA_HOME"] = folder.Path }).Must(1);
        Assert.Contains("rf3d install-libtorch", result.Output);
        Assert.Contains("cannot train", result.Output);
        result = Tool.Start("dotnet", [Tool.Assembly, "doctor"], environment: new() { ["RF3D_LIBTORCH"] = folder.Path }).Must(1);
        Assert.Contains("RF3D_LIBTORCH is", result.Output);
    }

    [TestMethod]
    public void Without_libtorch_files_are_scored()
    {
        using var folder = new TempFolder();
        var image = Images.Write(folder["a.png"], SkiaSharp.SKColors.Red);
        var result = Tool.Start("dotnet", [Tool.Assembly, "predict", GeneratedApplication.Model, image], environment: new() { ["NUGET_PACKAGES"] = folder.Path, ["HOME"] = folder.Path, ["XDG_DATA_HOME"] = folder.Path }).Must(0);
        Assert.Contains("red", result.Output);
    }
}
