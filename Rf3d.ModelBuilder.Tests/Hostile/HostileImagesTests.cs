using System.Net;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Hostile;

/// <summary>
/// Images that may come from anyone, through every door: each is refused with its name and a reason, no process ends, and none takes a gigabyte. Each test looks at a process
/// of its own, whose memory the system reports.
/// </summary>
[TestClass]
[OSCondition(OperatingSystems.Linux)]
public sealed class HostileImagesTests : IDisposable
{
    private const long Gigabyte = 1_000_000_000;

    /// <summary>A machine of two cores and 8.6 GB: on a larger one a process may take more for images.</summary>
    private static readonly Dictionary<string, string> SmallMachine = new() { ["DOTNET_PROCESSOR_COUNT"] = "2", ["DOTNET_GCHeapHardLimit"] = "200000000" };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    [FieldReport(12, 13, 14)]
    public void Predict_names_each_and_continues() => Predict(each: 10, large: 2);

    [TestMethod]
    [TestCategory("Slow")]
    public void Predict_names_each_of_many_and_continues() => Predict(each: 60, large: 6);

    [TestMethod]
    [FieldReport(12, 13)]
    [DataRow("train")]
    [DataRow("evaluate")]
    [DataRow("report")]
    public void Commands_on_folders_leave_them_out_where_that_is_asked_for(string command)
    {
        var bombs = HostileImages.Bombs();
        Images.Dataset(_folder["data"], 200);
        // At most a tenth may be bad. Some of the mutations are images still.
        Write(_folder["data", "red"], [.. bombs.Select(bomb => (bomb.Key, bomb.Value)), .. HostileImages.Mutations(seed: 19, each: 1)]);
        File.WriteAllBytes(_folder["data", "red", "large.png"], HostileImages.Large());
        string[] arguments = command switch
        {
            "train" => ["train", "--dataset", _folder["data"], "--name", "Hostile", "--output", _folder.Path, "--epoch", "1", "--image-size", "16", "--device", "cpu"],
            "report" => ["report", GeneratedApplication.Model, "--dataset", _folder["data"], "--output", _folder["report.html"]],
            _ => [command, GeneratedApplication.Model, "--dataset", _folder["data"]],
        };

        var (result, memory) = Run([.. arguments, "--skip-bad-images"]);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        foreach (var name in bombs.Keys)
            Assert.Contains($"Skipped {_folder["data", "red", name]}: ", result.Error);
        Assert.IsLessThan(Gigabyte, memory);

        (result, _) = Run([.. arguments, .. command == "evaluate" ? Array.Empty<string>() : ["--force"]]);
        Assert.AreNotEqual(0, result.ExitCode);
        // One of them, whichever was read first.
        Assert.Contains($"The image '{_folder["data", "red"]}{Path.DirectorySeparatorChar}", result.Error);
        Assert.Contains("cannot be read: ", result.Error);
    }

    [TestMethod]
    [FieldReport(13)]
    public void The_limit_can_be_set()
    {
        var file = _folder["large.png"];
        File.WriteAllBytes(file, HostileImages.Large(2000));
        Tool.Run("predict", GeneratedApplication.Model, file, "--max-megapixels", "4").Must(0);
        Assert.Contains("2000×2000 pixels; images of more than 3 megapixels", Tool.Run("predict", GeneratedApplication.Model, file, "--max-megapixels", "3").Must(1).Error);
    }

    [TestMethod]
    [FieldReport(8, 12, 13)]
    public void The_generated_console_application_names_each_and_continues()
    {
        var files = Write(_folder.Path, [.. HostileImages.Bombs().Select(bomb => (bomb.Key, bomb.Value)), .. HostileImages.Mutations(seed: 17, each: 6)]);
        File.WriteAllBytes(_folder["large.png"], HostileImages.Large());
        var (result, memory) = Start("dotnet", [BuiltApplication.Program("ConsoleApp"), .. files, _folder["large.png"], Images.Write(_folder["red.png"], SKColors.Red)]);
        Assert.AreEqual(1, result.ExitCode, result.Error);
        foreach (var name in HostileImages.Bombs().Keys)
            Assert.Contains($"{_folder[name]}: The image cannot be read: ", result.Error);
        Assert.Contains(_folder["large.png"], result.Output);
        Assert.Contains("  red ", result.Output[result.Output.IndexOf(_folder["red.png"], StringComparison.Ordinal)..]);
        Assert.IsLessThan(Gigabyte, memory);
    }

    [TestMethod]
    [FieldReport(8, 12, 13)]
    public async Task The_generated_web_service_answers_each_and_stays()
    {
        using var service = await WebService.Start(SmallMachine);
        var images = HostileImages.Bombs().Select(bomb => (bomb.Key, bomb.Value)).Concat(HostileImages.Mutations(seed: 18, each: 12)).Append(("large.png", HostileImages.Large())).ToList();
        var bombs = HostileImages.Bombs().Keys.Append("large.png").ToHashSet();
        foreach (var chunk in images.Chunk(16))
        {
            await Task.WhenAll(chunk.Select(async image =>
            {
                using var response = await service.Send(image.Item2);
                Assert.IsTrue(response.StatusCode is HttpStatusCode.BadRequest || (response.StatusCode is HttpStatusCode.OK && !bombs.Contains(image.Item1)), $"{image.Item1}: {response.StatusCode}");
            }));
        }

        // Sixteen valid ones at once, of as many pixels as may be.
        var largest = HostileImages.Large(5000);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            using var response = await service.Upload(largest);
            Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
        }));
        Assert.IsTrue(service.IsRunning);
        Assert.IsLessThan(Gigabyte, service.PeakMemory);
    }

    private void Predict(int each, int large)
    {
        var files = Write(_folder["images"], [.. HostileImages.Bombs().Select(bomb => (bomb.Key, bomb.Value)), .. HostileImages.Mutations(seed: 16, each)]);
        for (var i = 0; i < large; i++)
            File.WriteAllBytes(_folder["images", $"large{i}.png"], HostileImages.Large());
        Tool.Start("mkfifo", [_folder["images", "pipe.jpg"], _folder["named.jpg"]]).Must(0);
        var good = Images.Write(_folder["images", "red.png"], SKColors.Red);

        var (result, memory) = Run("predict", GeneratedApplication.Model, _folder["images"], _folder["named.jpg"], "--format", "csv");

        Assert.AreEqual(1, result.ExitCode, result.Error);
        var scored = result.Output.TrimEnd().Split('\n').Skip(1).Select(line => line.Split(',')[0]).ToHashSet();
        // A pipe in a folder is not looked into; one that is named is refused.
        Assert.EndsWith($"Not used: 1 .jpg file that is a pipe, a socket or a device: '{_folder["images", "pipe.jpg"]}'", result.Error.TrimEnd());
        var refused = result.Error.TrimEnd().Split('\n').SkipLast(1).Select(line => line[..line.IndexOf(": cannot be read: ", StringComparison.Ordinal)]).ToHashSet();
        Assert.AreEqual(files.Count + large + 2, scored.Count + refused.Count);
        Assert.Contains(good, scored);
        Assert.Contains(_folder["images", "large0.png"], scored);
        Assert.Contains(_folder["named.jpg"], refused);
        foreach (var name in HostileImages.Bombs().Keys)
            Assert.Contains(_folder["images", name], refused);
        Assert.IsLessThan(Gigabyte, memory);
    }

    private static (Tool.Result Result, long PeakMemory) Run(params string[] arguments) => Start("dotnet", [Tool.Assembly, .. arguments]);

    /// <summary>Runs a program, and watches its memory until it ends.</summary>
    private static (Tool.Result Result, long PeakMemory) Start(string program, string[] arguments)
    {
        var peak = 0L;
        // A thread of its own: while many tests run, a task may start only after the program has ended.
        Thread? watch = null;
        var result = Tool.Start(program, arguments, environment: SmallMachine, onStart: process =>
        {
            peak = WebService.PeakMemoryOf(process.Id);
            watch = new(() =>
            {
                try
                {
                    while (!process.HasExited)
                    {
                        peak = Math.Max(peak, WebService.PeakMemoryOf(process.Id));
                        Thread.Sleep(10);
                    }
                }
                catch (Exception error) when (error is IOException or InvalidOperationException)
                {
                    // It has ended.
                }
            });
            watch.Start();
        });
        watch!.Join();
        Assert.IsGreaterThan(0, peak);
        return (result, peak);
    }

    private static List<string> Write(string folder, IEnumerable<(string Name, byte[] Content)> images)
    {
        Directory.CreateDirectory(folder);
        var files = new List<string>();
        foreach (var (name, content) in images)
        {
            files.Add(Path.Combine(folder, name));
            File.WriteAllBytes(files[^1], content);
        }
        return files;
    }
}
