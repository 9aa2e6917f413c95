using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Generation;

/// <summary>That what is generated builds, without a warning, and does what it says.</summary>
[TestClass]
public class GeneratedCodeTests
{
    private static readonly TempFolder Folder = new();
    private static string _path = "";

    [ClassInitialize]
    public static void Build(TestContext context)
    {
        // A folder above has other ideas about how to build; they must not matter.
        File.WriteAllText(Folder["Directory.Build.props"], "<Project><PropertyGroup><TargetFramework>net472</TargetFramework><LangVersion>5</LangVersion></PropertyGroup></Project>");
        File.WriteAllText(Folder["Directory.Build.targets"], "<Project><Target Name=\"No\" BeforeTargets=\"Build\"><Error Text=\"parent\" /></Target></Project>");
        File.WriteAllText(Folder["Directory.Packages.props"], "<Project><ItemGroup><PackageVersion Include=\"Microsoft.ML\" Version=\"0.1.0\" /></ItemGroup></Project>");
        _path = Folder["Colours"];
        foreach (var file in Directory.EnumerateFiles(GeneratedApplication.Path, "*", SearchOption.AllDirectories))
            File.Copy(file, Folder.New("Colours", Path.GetRelativePath(GeneratedApplication.Path, file)));
        var build = Tool.Start("dotnet", ["build", Path.Combine(_path, "Colours.slnx"), "-c", "Release", "--nologo", "-v", "q", "-warnaserror", "-nodeReuse:false"]);
        Assert.AreEqual(0, build.ExitCode, build.Output + build.Error);
    }

    [ClassCleanup]
    public static void Delete() => Folder.Dispose();

    [TestMethod]
    [DataRow("ConsoleApp")]
    [DataRow("WebApi")]
    public void Applications_reference_neither_Rf3d_nor_TorchSharp(string project)
    {
        var files = Directory.GetFiles(Output(project), "*", SearchOption.AllDirectories).Select(Path.GetFileName).ToList();
        Assert.Contains($"Colours_{project}.dll", files);
        Assert.IsFalse(files.Any(file => file!.StartsWith("Rf3d", StringComparison.OrdinalIgnoreCase) || file.Contains("torch", StringComparison.OrdinalIgnoreCase)));
    }

    [TestMethod]
    public void The_console_application_classifies_files_and_says_which_are_none()
    {
        var image = Images.Write(Folder["red.png"], SKColors.Red, 40, 30);
        File.WriteAllText(Folder["text.jpg"], "no image");
        var result = Tool.Start("dotnet", [Path.Combine(Output("ConsoleApp"), "Colours_ConsoleApp.dll"), image, Folder["text.jpg"], Folder["absent.jpg"]]).Must(1);
        var lines = result.Output.Trim().ReplaceLineEndings("\n").Split('\n');
        Assert.HasCount(5, lines);
        Assert.AreEqual(image, lines[0]);
        Assert.StartsWith("  red ", lines[2]);
        Assert.Contains("text.jpg: This is no image", result.Error);
        Assert.Contains("absent.jpg: ", result.Error);
        Tool.Start("dotnet", [Path.Combine(Output("ConsoleApp"), "Colours_ConsoleApp.dll")]).Must(2);
    }

    [TestMethod]
    public async Task The_web_service_classifies_uploads_and_refuses_what_is_none()
    {
        var start = Tool.StartInfo(
            "dotnet", [Path.Combine(Output("WebApi"), "Colours_WebApi.dll")], new() { ["ASPNETCORE_URLS"] = "http://127.0.0.1:0", ["DOTNET_ENVIRONMENT"] = "Production" });
        using var process = System.Diagnostics.Process.Start(start)!;
        try
        {
            var address = "";
            while (address.Length == 0 && await process.StandardOutput.ReadLineAsync() is { } line)
                address = line.Contains("http://127", StringComparison.Ordinal) ? line[line.IndexOf("http", StringComparison.Ordinal)..] : "";
            Assert.AreNotEqual("", address, "The web service does not start.");
            using var client = new HttpClient { BaseAddress = new Uri(address), Timeout = TimeSpan.FromSeconds(30) };

            var health = JsonDocument.Parse(await client.GetStringAsync("/health")).RootElement;
            Assert.AreEqual("healthy", health.GetProperty("status").GetString());

            // More at once than there are engines.
            var colours = new[] { ("red", SKColors.Red), ("blue", SKColors.Blue), ("green", SKColors.Green) };
            var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(async i =>
            {
                var (name, colour) = colours[i % 3];
                var content = File.ReadAllBytes(Images.Write(Folder[$"upload{i}.png"], colour, 16 + i, 20, i));
                using var response = await (i % 2 == 0 ? Upload(client, content) : Send(client, content));
                Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
                var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
                Assert.AreEqual(3, answer.GetProperty("scores").GetArrayLength());
                Assert.AreEqual(answer.GetProperty("predictedLabel").GetString(), answer.GetProperty("scores")[0].GetProperty("label").GetString());
                return (name, answer.GetProperty("predictedLabel").GetString());
            }));
            foreach (var (expected, actual) in answers)
                Assert.AreEqual(expected, actual);

            await AssertBadRequest(await Upload(client, "no image"u8.ToArray()), "no image that can be decoded");
            await AssertBadRequest(await Send(client, "no image"u8.ToArray()), "no image that can be decoded");
            await AssertBadRequest(await Send(client, []), "No image was sent");
            using var broken = new StringContent("garbage");
            broken.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");
            await AssertBadRequest(await client.PostAsync(new Uri("/predict", UriKind.Relative), broken), "malformed");
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
    }

    [TestMethod]
    public void The_files_are_those_of_Model_Builder_and_a_project_for_each_use()
    {
        foreach (var file in new[] { "Colours.mbconfig", "Colours.zip", "Colours.consumption.cs", "Colours.training.cs", "Colours.evaluate.cs", "README.md" })
            Assert.IsTrue(File.Exists(Path.Combine(_path, file)), file);
        foreach (var project in new[] { "ConsoleApp", "WebApi", "Training" })
            Assert.IsTrue(File.Exists(Path.Combine(_path, $"Colours_{project}", $"Colours_{project}.csproj")), project);
        Assert.DoesNotContain("{{", string.Concat(Directory.EnumerateFiles(_path, "*.cs*", SearchOption.TopDirectoryOnly).Select(File.ReadAllText)));
    }

    [TestMethod]
    public void Literals_are_what_they_stand_for()
    {
        Assert.AreEqual("""
            "C:\\data\\a \"b\"\u000a\ud83d\ude00é"
            """, ApplicationGenerator.Literal("C:\\data\\a \"b\"\n😀é"));
    }

    private static string Output(string project) => Path.Combine(_path, $"Colours_{project}", "bin", "Release", "net10.0");

    private static async Task<HttpResponseMessage> Upload(HttpClient client, byte[] content)
    {
        using var form = new MultipartFormDataContent();
        using var file = new ByteArrayContent(content);
        form.Add(file, "image", "upload.png");
        return await client.PostAsync(new Uri("/predict", UriKind.Relative), form);
    }

    private static async Task<HttpResponseMessage> Send(HttpClient client, byte[] content)
    {
        using var body = new ByteArrayContent(content);
        return await client.PostAsync(new Uri("/predict", UriKind.Relative), body);
    }

    private static async Task AssertBadRequest(HttpResponseMessage response, string message)
    {
        using (response)
        {
            Assert.AreEqual(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Contains(message, await response.Content.ReadAsStringAsync());
        }
    }
}
