using System.CommandLine;

namespace Rf3d.Benchmarks;

/// <summary>The command line of the benchmark of applications on ONNX Runtime.</summary>
internal static class OnnxApplicationsCommand
{
    public static Command Create(Func<string[], string> commandLine, string[] args)
    {
        var command = new Command("onnx-applications", "Applications on ONNX Runtime beside those on ML.NET: agreement, size, time to the first answer, memory; and a browser.");
        var applications = new Option<string[]>("--application") { Description = "Folders that 'rf3d image-classification' generated on ML.NET. Their models get applications on ONNX Runtime.", AllowMultipleArgumentsPerToken = true, Required = true };
        var data = new Option<string[]>("--data") { Description = "Folders of images to compare the scores of.", AllowMultipleArgumentsPerToken = true, Required = true };
        var images = new Option<int>("--images") { Description = "Images to compare, at most, of each folder.", DefaultValueFactory = _ => 1000 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds of the figures of time and memory.", DefaultValueFactory = _ => 5 };
        var browser = new Option<string>("--browser") { Description = "Chromium. Where there is none, or no npm, no browser is measured.", DefaultValueFactory = _ => "chromium" };
        var busy = new Option<bool>("--busy") { Description = "Say in the report that other programs ran beside it." };
        var output = new Option<string>("--output") { Description = "Where to write the report.", DefaultValueFactory = _ => "docs/benchmarks/onnx-applications.md" };
        foreach (var option in (Option[])[applications, data, images, rounds, browser, busy, output])
            command.Add(option);
        command.SetAction(arguments =>
        {
            // The folders of this machine do not matter to others.
            var line = commandLine(["onnx-applications", "--application", "APPLICATIONS", "--data", "FOLDERS", .. arguments.GetValue(busy) ? (string[])["--busy"] : []]);
            var report = new OnnxApplicationsReport(line, arguments.GetValue(busy));
            foreach (var application in arguments.GetValue(applications)!)
                Measure(report, application, arguments.GetValue(data)!, arguments.GetValue(images), arguments.GetValue(rounds), arguments.GetValue(browser)!);
            report.Save(arguments.GetValue(output)!);
        });
        return command;
    }

    private static void Measure(OnnxApplicationsReport report, string application, string[] data, int images, int rounds, string browser)
    {
        var folder = Directory.CreateTempSubdirectory("rf3d-onnx-applications-").FullName;
        try
        {
            var programs = PublishedPrograms.Make(application, folder);
            var sets = data.Select(each => ScoredSet.Read(programs.Model, each, images)).ToList();
            report.Add(programs, sets, FirstAnswers.Measure(programs, sets[0].Files, rounds), BrowserScores.Measure(programs, sets, browser));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
