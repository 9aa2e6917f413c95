using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;

namespace Rf3d.ModelBuilder.Tests.Serving;

/// <summary>The command <c>rf3d serve</c> as a process.</summary>
[TestClass]
public class ServeCommandTests
{
    [TestMethod]
    public async Task It_says_where_the_page_is_and_ends_at_a_signal()
    {
        if (OperatingSystem.IsWindows())
            Assert.Inconclusive("Windows has no SIGTERM.");
        HttpStatusCode? status = null;
        var result = await Task.Run(() => Tool.Start("dotnet", [Tool.Assembly, "serve", GeneratedApplication.Model, "--port", "0"], onLine: (process, line) =>
        {
            if (!line.StartsWith("The page is at ", StringComparison.Ordinal))
                return;
            using var client = new HttpClient();
            using var answer = client.GetAsync(new Uri(line.Split(' ')[4].TrimEnd('.'))).GetAwaiter().GetResult();
            status = answer.StatusCode;
            Tool.Terminate(process);
        }));
        result.Must(0);
        Assert.AreEqual(HttpStatusCode.OK, status);
        Assert.Contains("Colours: blue, green, red", result.Output);
    }

    [TestMethod]
    public async Task A_changed_model_that_cannot_be_loaded_is_named_and_the_one_before_is_used()
    {
        if (OperatingSystem.IsWindows())
            Assert.Inconclusive("Windows has no SIGTERM.");
        using var folder = new TempFolder();
        var model = folder["Served.zip"];
        File.Copy(GeneratedApplication.Model, model);
        SiteModel? listed = null;
        SitePrediction? prediction = null;
        var result = await Task.Run(() => Tool.Start("dotnet", [Tool.Assembly, "serve", model, "--port", "0"], onLine: (process, line) =>
        {
            if (!line.StartsWith("The page is at ", StringComparison.Ordinal))
                return;
            using var client = new HttpClient { BaseAddress = new Uri(line.Split(' ')[4].TrimEnd('.')) };
            File.WriteAllText(model, "no model");
            for (var attempt = 0; attempt < 600 && listed?.ReloadError is null; attempt++)
            {
                Thread.Sleep(100);
                listed = client.GetFromJsonAsync<List<SiteModel>>("/models").GetAwaiter().GetResult()!.Single();
            }
            using var image = new ByteArrayContent(File.ReadAllBytes(GeneratedApplication.TestImage("red")));
            using var answer = client.PostAsync(new Uri("/predict", UriKind.Relative), image).GetAwaiter().GetResult();
            prediction = answer.Content.ReadFromJsonAsync<SitePrediction>().GetAwaiter().GetResult();
            Tool.Terminate(process);
        }));
        result.Must(0);
        Assert.Contains($"'{model}' cannot be loaded any more; the page uses the model that was loaded before.", result.Error);
        // Machines that use the page need not know the folders of this one.
        var error = listed?.ReloadError ?? "";
        Assert.Contains("Served.zip", error);
        Assert.DoesNotContain(folder.Path, error);
        Assert.AreEqual("red", prediction?.PredictedLabel);
    }

    [TestMethod]
    public async Task An_image_that_may_be_good_gets_503_where_the_system_cannot_decode_it()
    {
        if (OperatingSystem.IsWindows())
            Assert.Inconclusive("Windows has no SIGTERM.");
        using var folder = new TempFolder();
        // What 'rf3d install-heic' installs, damaged.
        foreach (var name in new[] { "Magick.NET.Core.dll", "Magick.NET-Q8-AnyCPU.dll" })
            File.WriteAllText(folder.New("heic", name), "damaged");
        HttpStatusCode? status = null;
        string? wait = null;
        var text = "";
        var result = await Task.Run(() => Tool.Start("dotnet", [Tool.Assembly, "serve", GeneratedApplication.Model, "--port", "0"], environment: new() { ["RF3D_HEIC"] = folder["heic"] }, onLine: (process, line) =>
        {
            if (!line.StartsWith("The page is at ", StringComparison.Ordinal))
                return;
            using var client = new HttpClient { BaseAddress = new Uri(line.Split(' ')[4].TrimEnd('.')) };
            using var image = new ByteArrayContent(File.ReadAllBytes(RepositoryRoot.Combine("Rf3d.MLNet.Tests", "Datasets", "Formats", "left-red-right-blue.heic")));
            using var answer = client.PostAsync(new Uri("/predict", UriKind.Relative), image).GetAwaiter().GetResult();
            (status, wait) = (answer.StatusCode, answer.Headers.RetryAfter?.ToString());
            text = answer.Content.ReadAsStringAsync().GetAwaiter().GetResult();
            Tool.Terminate(process);
        }));
        result.Must(0);
        Assert.AreEqual(HttpStatusCode.ServiceUnavailable, status);
        // It does not pass by itself, and folders of the server are for its console alone.
        Assert.IsNull(wait);
        Assert.Contains("its decoder does not load", text);
        Assert.DoesNotContain(Path.GetFileName(folder.Path), text);
        Assert.Contains(folder["heic"], result.Error);
    }

    [TestMethod]
    public void A_port_that_is_in_use_is_an_error_that_says_what_to_do()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        // In a process of its own: the site writes its log to the console.
        var error = Tool.Start("dotnet", [Tool.Assembly, "serve", GeneratedApplication.Model, "--port", $"{port}"]).Must(1).Error;
        Assert.AreEqual($"Port {port} is in use. Choose another one with --port, or 0 for any that is free.", error.Trim());
    }

    [TestMethod]
    public void Bad_input_is_named()
    {
        using var folder = new TempFolder();
        Assert.Contains(folder["none.zip"], Tool.Run("serve", folder["none.zip"]).Must(1).Error);
        File.WriteAllText(folder["text.zip"], "text");
        Assert.Contains(folder["text.zip"], Tool.Run("serve", GeneratedApplication.Model, folder["text.zip"]).Must(1).Error);
        Assert.Contains("--port is 70000", Tool.Run("serve", GeneratedApplication.Model, "--port", "70000").Must(2).Error);
        Assert.Contains("--address is 'here'", Tool.Run("serve", GeneratedApplication.Model, "--address", "here").Must(2).Error);
    }
}
