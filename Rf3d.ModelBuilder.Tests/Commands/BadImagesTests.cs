using System.Text.Json;

namespace Rf3d.ModelBuilder.Tests.Commands;

/// <summary>The messages of commands on images that cannot be read or are missing.</summary>
[TestClass]
public sealed class BadImagesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void Files_that_a_table_names_and_that_are_missing_count_as_images_that_cannot_be_read()
    {
        string[] data = ["--dataset", _folder["photos"], "--labels", Table(missing: 4)];
        string[] compare = ["compare", GeneratedApplication.Model, GeneratedApplication.Model, .. data];
        string[] evaluate = ["evaluate", GeneratedApplication.Model, .. data];
        foreach (var command in new[] { evaluate, compare })
        {
            Assert.Contains("names 4 files that are not in", Tool.Run(command).Must(1).Error);
            var result = Tool.Run([.. command, "--skip-bad-images"]).Must(0);
            Assert.HasCount(4, result.Error.Split('\n').Where(line => line.StartsWith("Skipped ", StringComparison.Ordinal) && line.Contains("missing", StringComparison.Ordinal)).ToList());
            Assert.Contains("6 images", result.Output);
        }
        using var json = JsonDocument.Parse(Tool.Run([.. evaluate, "--skip-bad-images", "--json"]).Must(0).Output);
        Assert.AreEqual(6, json.RootElement.GetProperty("images").GetInt32());
    }

    [TestMethod]
    public void A_table_without_any_file_ends_the_command()
    {
        Images.Dataset(_folder["photos"], 1);
        File.WriteAllText(_folder["labels.csv"], "file,label\nmissing1.png,red\nmissing2.png,blue\n");
        Assert.Contains("names 2 files", Tool.Run("evaluate", GeneratedApplication.Model, "--dataset", _folder["photos"], "--labels", _folder["labels.csv"], "--skip-bad-images").Must(1).Error);
    }

    [TestMethod]
    [FieldReport(27)]
    public void Too_many_bad_images_are_said_with_the_names_of_the_command_line()
    {
        Images.Dataset(_folder["data"], 10);
        for (var i = 0; i < 4; i++)
            Images.WriteCut(_folder["data", "red", $"cut{i}.png"]);
        string[][] commands =
        [
            ["train", "--dataset", _folder["data"], "--output", _folder["out"], "--image-size", "16", "--epoch", "1", "--device", "cpu"],
            ["report", GeneratedApplication.Model, "--dataset", _folder["data"], "--output", _folder["report.html"]],
        ];
        foreach (var command in commands)
        {
            var error = Tool.Run([.. command, "--skip-bad-images"]).Must(1).Error;
            foreach (var part in new[] { "--skip-bad-images leaves out at most 10.00 %", "cut0.png'", _folder["data"] })
                Assert.Contains(part, error);
            Assert.DoesNotContain("MaxBadImageFraction", error);
        }
    }

    private string Table(int missing)
    {
        Images.Dataset(_folder["photos"], 2);
        var rows = Directory.GetFiles(_folder["photos"], "*.png", SearchOption.AllDirectories)
            .Select(path => $"{Path.GetRelativePath(_folder["photos"], path)},{Path.GetFileName(Path.GetDirectoryName(path))}");
        File.WriteAllLines(_folder["labels.csv"], ["file,label", .. rows, .. Enumerable.Range(0, missing).Select(i => $"red/missing{i}.png,red")]);
        return _folder["labels.csv"];
    }
}
