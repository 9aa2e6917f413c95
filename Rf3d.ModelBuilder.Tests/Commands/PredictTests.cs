using System.Text.Json;
using Rf3d.MLNet.Tests.Datasets;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Commands;

[TestClass]
public class PredictTests
{
    [TestMethod]
    public void Prints_a_line_for_each_image()
    {
        using var folder = Files();
        var lines = Tool.Run("predict", GeneratedApplication.Model, folder["images"], "--top", "2").Must(0).Output.Trim().Split('\n');
        Assert.HasCount(2, lines);
        var red = lines.Single(line => line.Contains("r,e\"d.png", StringComparison.Ordinal));
        Assert.StartsWith("red ", red);
    }

    [TestMethod]
    public void Json_has_an_object_a_line()
    {
        using var folder = Files();
        var lines = Tool.Run("predict", GeneratedApplication.Model, folder["images", "r,e\"d.png"], folder["images", "b.png"], "--format", "json").Must(0).Output.Trim().Split('\n');
        var objects = lines.Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        CollectionAssert.AreEqual(new[] { "red", "blue" }, objects.Select(item => item.GetProperty("predictedLabel").GetString()).ToArray());
        Assert.AreEqual(folder["images", "r,e\"d.png"], objects[0].GetProperty("file").GetString());
        Assert.AreEqual(1, objects[0].GetProperty("scores").EnumerateObject().Sum(score => score.Value.GetDouble()), 1e-5);
        Assert.AreEqual(objects[0].GetProperty("score").GetDouble(), objects[0].GetProperty("scores").GetProperty("red").GetDouble());
    }

    [TestMethod]
    public void Csv_quotes_values_that_need_quotes()
    {
        using var folder = Files();
        var lines = Tool.Run("predict", GeneratedApplication.Model, folder["images", "r,e\"d.png"], "--format", "csv").Must(0).Output.Trim().ReplaceLineEndings("\n").Split('\n');
        Assert.AreEqual("File,PredictedLabel,Score.blue,Score.green,Score.red", lines[0]);
        Assert.StartsWith($"\"{folder["images", "r,e"]}\"\"d.png\",red,", lines[1]);
    }

    [TestMethod]
    [FieldReport(8)]
    public void Files_that_cannot_be_read_are_named_and_change_the_exit_code()
    {
        using var folder = Files();
        Images.WriteCut(folder["images", "cut.png"]);
        File.WriteAllText(folder["images", "note.txt"], "Other files in a folder are left alone.");
        var result = Tool.Run("predict", GeneratedApplication.Model, folder["images"], folder["absent.png"]).Must(1);
        Assert.HasCount(2, result.Output.Trim().Split('\n'));
        Assert.HasCount(3, result.Error.Trim().Split('\n'));
        Assert.Contains("Not used: 1 .txt file that is not an image", result.Error);
        Assert.Contains("cut.png: cannot be read: the file ends before the image does", result.Error);
        Assert.Contains("absent.png: cannot be read", result.Error);
    }

    [TestMethod]
    public void A_folder_without_images_is_an_error()
    {
        using var folder = new TempFolder();
        Assert.Contains("no image", Tool.Run("predict", GeneratedApplication.Model, folder.Path).Must(1).Error);
    }

    [TestMethod]
    public void Takes_a_list_of_files_from_standard_input_and_writes_no_colour_codes_to_a_pipe()
    {
        using var folder = Files();
        var result = Tool.Start(
            "dotnet", [Tool.Assembly, "predict", GeneratedApplication.Model, "-"], $"{folder["images", "b.png"]}\n\n{folder["images", "r,e\"d.png"]}\n").Must(0);
        Assert.HasCount(2, result.Output.Trim().Split('\n'));
        Assert.DoesNotContain("\u001b", result.Output);
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    [DataRow("csv")]
    [DataRow("json")]
    public void Names_in_a_pipe_are_in_UTF8_whatever_the_charset_of_the_locale(string format)
    {
        using var folder = new TempFolder();
        var image = Images.Write(folder["猫 Grün.png"], SKColors.Red);
        // The byte order mark is that of a list that an editor of Windows has saved.
        var result = Tool.Start(
            "dotnet", [Tool.Assembly, "predict", GeneratedApplication.Model, "-", "--format", format], $"\uFEFF{image}\r\n", new() { ["LC_ALL"] = "de_DE.ISO-8859-1" }).Must(0);
        Assert.Contains("猫 Grün.png", result.Output);
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void Csv_that_is_redirected_has_the_names_of_the_files_and_on_a_terminal_they_are_escaped()
    {
        using var folder = new TempFolder();
        var image = Images.Write(folder["a\u200f\u001b.png"], SKColors.Red);
        Assert.Contains($"\n{image},red,", Output(isTerminal: false));
        var shown = Output(isTerminal: true);
        Assert.Contains("a\\u200f\\u001b.png,red,", shown);
        Assert.DoesNotContain("\u200f", shown);

        string Output(bool isTerminal)
        {
            using var output = new StringWriter();
            Assert.AreEqual(
                ExitCode.Ok,
                RfCommand.Run(["predict", GeneratedApplication.Model, image, "--format", "csv"], CommandConsole.Create(output, TextWriter.Null, isTerminal, noColor: true), CancellationToken.None));
            return output.ToString();
        }
    }

    [TestMethod]
    [FieldReport(2, 5)]
    public void Photographs_are_upright_and_files_are_read_whatever_their_names_say()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder.New("images", "upright.png"), PictureFiles.Photograph("png", 1));
        File.WriteAllBytes(folder["images", "phone.jfif"], PictureFiles.Photograph("png", 6));
        File.WriteAllBytes(folder["images", "scan"], PictureFiles.Photograph("tiff", 8));
        File.WriteAllText(folder["images", "notes.txt"], "BMW");
        var upright = Scores();
        Assert.HasCount(3, upright);
        Assert.AreEqual(upright["upright.png"], upright["phone.jfif"]);
        Assert.AreEqual(upright["upright.png"], upright["scan"]);
        var stored = Scores("--no-orientation");
        Assert.AreEqual(upright["upright.png"], stored["upright.png"]);
        Assert.AreNotEqual(upright["upright.png"], stored["phone.jfif"]);

        Dictionary<string, string> Scores(params string[] options) =>
            Tool.Run(["predict", GeneratedApplication.Model, folder["images"], "--format", "csv", .. options]).Must(0).Output.Trim().ReplaceLineEndings("\n").Split('\n').Skip(1)
                .ToDictionary(line => Path.GetFileName(line[..line.IndexOf(',', StringComparison.Ordinal)]), line => line[line.IndexOf(',', StringComparison.Ordinal)..]);
    }

    [TestMethod]
    [FieldReport(2)]
    public void Evaluate_and_compare_take_the_photographs_of_a_table_as_the_option_says()
    {
        using var folder = new TempFolder();
        // Rotated, it is another image, with another probability of its class.
        File.WriteAllBytes(folder.New("data", "images", "phone.png"), PictureFiles.Photograph("png", 6));
        File.WriteAllText(folder["data", "labels.csv"], "file,label\nphone.png,red\n");
        foreach (var command in new string[][] { ["evaluate", GeneratedApplication.Model], ["compare", GeneratedApplication.Model, GeneratedApplication.Model] })
            Assert.AreNotEqual(LogLoss(command), LogLoss([.. command, "--no-orientation"]));

        string LogLoss(string[] command) =>
            string.Concat(Tool.Run([.. command, "--dataset", folder["data"], "--json"]).Must(0).Output.Split('\n').Where(line => line.Contains("logloss", StringComparison.OrdinalIgnoreCase)));
    }

    private static TempFolder Files()
    {
        var folder = new TempFolder();
        Images.Write(folder["images", "r,e\"d.png"], SKColors.Red, 30, 20);
        Images.Write(folder["images", "b.png"], SKColors.Blue);
        return folder;
    }
}
