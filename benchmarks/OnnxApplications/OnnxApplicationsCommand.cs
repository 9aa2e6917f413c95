using System.CommandLine;

namespace Rf3d.Benchmarks;

/// <summary>The command line of the benchmark of applications on ONNX Runtime.</summary>
internal static class OnnxApplicationsCommand
{
    public static Command Create(Func<string[], string> commandLine, string[] args)
    {
        var command = new Command("onnx-applications", "Applications on ONNX Runtime beside those on ML.NET: agreement, size, time to the first answer, memory; and a browser.");
        var application = new Option<string>("--application") { Description = "A folder that 'rf3d image-classification' generated on ML.NET. Its model gets applications on ONNX Runtime.", Required = true };
        var data = new Option<string[]>("--data") { Description = "Folders of images to compare the scores of.", AllowMultipleArgumentsPerToken = true, Required = true };
        var images = new Option<int>("--images") { Description = "Images to compare, at most, of each folder.", DefaultValueFactory = _ => 1000 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds of the figures of time and memory.", DefaultValueFactory = _ => 5 };
        var browser = new Option<string>("--browser") { Description = "Chromium. Where there is none, or no npm, no browser is measured.", DefaultValueFactory = _ => "chromium" };
        var busy = new Option<bool>("--busy") { Description = "Say in the report that other programs ran beside it." };
        var output = new Option<string>("--output") { Description = "Where to write the report.", DefaultValueFactory = _ => "docs/benchmarks/onnx-applications.md" };
        foreach (var option in (Option[])[application, data, images, rounds, browser, busy, output])
            command.Add(option);
        command.SetAction(arguments =>
        {
            var folder = Directory.CreateTempSubdirectory("rf3d-onnx-applications-").FullName;
            try
            {
                // The folders of this machine do not matter to others.
                var line = commandLine(["onnx-applications", "--application", "APPLICATION", "--data", "FOLDERS", .. arguments.GetValue(busy) ? (string[])["--busy"] : []]);
                var programs = PublishedPrograms.Make(arguments.GetValue(application)!, folder);
                var sets = arguments.GetValue(data)!.Select(each => ScoredSet.Read(programs.Model, each, arguments.GetValue(images))).ToList();
                new OnnxApplicationsReport(line, arguments.GetValue(busy))
                    .Write(programs, sets, FirstAnswers.Measure(programs, sets[0].Files, arguments.GetValue(rounds)), BrowserScores.Measure(programs, sets, arguments.GetValue(browser)!))
                    .Save(arguments.GetValue(output)!);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        });
        return command;
    }
}
