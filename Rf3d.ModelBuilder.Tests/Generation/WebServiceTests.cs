using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Rf3d.ModelBuilder.Tests.Hostile;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Generation;

/// <summary>The generated web service for operators: health, metrics, limits, and a folder that it cannot write to.</summary>
[TestClass]
public sealed class WebServiceTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public async Task Requests_and_predictions_are_counted()
    {
        using var service = await WebService.Start();
        Assert.AreEqual(HttpStatusCode.OK, await Status(service, "/health/live"));
        Assert.AreEqual(HttpStatusCode.OK, await Status(service, "/health/ready"));
        var metrics = await Metrics(service);
        Assert.Contains("classifier_predictions_total{class=\"green\"} 0", metrics);
        Assert.Contains("classifier_refused_total{reason=\"busy\"} 0", metrics);

        foreach (var _ in Enumerable.Range(0, 2))
            (await service.Send(Red())).Dispose();
        (await service.Send("no image"u8.ToArray())).Dispose();
        using (var request = new HttpRequestMessage(new HttpMethod("INVENTED"), new Uri("/invented", UriKind.Relative)))
            (await service.Client.SendAsync(request)).Dispose();

        foreach (var line in new[]
        {
            "classifier_predictions_total{class=\"red\"} 2", "classifier_predictions_total{class=\"blue\"} 0", "classifier_refused_total{reason=\"invalid\"} 1",
            "http_requests_received_total{code=\"200\",endpoint=\"/predict\"} 2", "http_requests_received_total{code=\"400\",endpoint=\"/predict\"} 1",
            "http_request_duration_seconds_count{code=\"200\",endpoint=\"/predict\"} 2", "http_requests_in_progress{endpoint=\"/predict\"} 0",
        })
            await UntilMetricsHave(service, line);
        Assert.DoesNotContain("invented", await Metrics(service), StringComparison.OrdinalIgnoreCase);
    }

    [TestMethod]
    public async Task A_busy_service_refuses_requests_and_says_when_to_try_again()
    {
        using var service = await WebService.Start(new() { ["DOTNET_PROCESSOR_COUNT"] = "1", ["MaxWaiting"] = "0" });
        // Two are served at a time, and these do not end.
        using var first = HalfRequest(service);
        using var second = HalfRequest(service);
        await UntilMetricsHave(service, "http_requests_in_progress{endpoint=\"/predict\"} 2");
        using var response = await service.Send(Red());
        Assert.AreEqual(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.AreEqual("1", response.Headers.GetValues("Retry-After").Single());
        Assert.AreEqual(HttpStatusCode.OK, await Status(service, "/health/ready"));
        await UntilMetricsHave(service, "classifier_refused_total{reason=\"busy\"} 1");
        // Larger than an upload may be, and than the buffers of a connection.
        using var large = await service.Send(new byte[25_000_000]);
        Assert.AreEqual(HttpStatusCode.TooManyRequests, large.StatusCode);
    }

    [TestMethod]
    public async Task Images_are_classified_while_other_uploads_are_slow()
    {
        using var service = await WebService.Start(new() { ["DOTNET_PROCESSOR_COUNT"] = "1" });
        var image = Red();
        // One more than are classified at a time.
        await SlowUpload.During(service.Client.BaseAddress!, image, 3, async () =>
        {
            using var response = await service.Send(image);
            Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
        });
    }

    [TestMethod]
    public async Task Uploads_that_do_not_fit_into_memory_are_refused_until_others_have_ended()
    {
        var image = Red();
        using var service = await WebService.Start(new() { ["MaxUploadBytes"] = $"{image.Length}" });
        List<SlowUpload> slow = [];
        try
        {
            // Ten of the largest fit.
            for (var i = 0; i < 10; i++)
                slow.Add(await SlowUpload.Begin(service.Client.BaseAddress!, image, image.Length - 1));
            using var refused = await UntilAnsweredBy(service, image, HttpStatusCode.TooManyRequests);
            Assert.AreEqual("1", refused.Headers.GetValues("Retry-After").Single());
            Assert.Contains("The memory for images that are received or wait is used up.", await refused.Content.ReadAsStringAsync());
            await UntilMetricsHave(service, "classifier_refused_total{reason=\"busy\"} 1");
        }
        finally
        {
            slow.ForEach(upload => upload.Dispose());
        }
        using var accepted = await UntilAnsweredBy(service, image, HttpStatusCode.OK);
    }

    [TestMethod]
    public async Task A_client_gets_the_reason_why_its_upload_is_too_large_and_no_broken_connection()
    {
        var service = await WebService.Shared;
        foreach (var upload in new[] { service.Send, (Func<byte[], Task<HttpResponseMessage>>)service.Upload })
        {
            using var response = await upload(new byte[25_000_000]);
            Assert.AreEqual(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
            Assert.Contains("The upload has more than 20000000 bytes.", await response.Content.ReadAsStringAsync());
        }
        using var good = await service.Send(Red());
        Assert.AreEqual(HttpStatusCode.OK, good.StatusCode);
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public async Task A_service_that_is_stopped_is_alive_and_not_ready_and_still_answers()
    {
        using var service = await WebService.Start(new() { ["DrainSeconds"] = "60" });
        service.Signal();
        for (var attempt = 0; await Status(service, "/health/ready") != HttpStatusCode.ServiceUnavailable; attempt++)
        {
            Assert.IsLessThan(500, attempt, "The service stays ready.");
            await Task.Delay(20);
        }
        Assert.AreEqual(HttpStatusCode.OK, await Status(service, "/health/live"));
        using var response = await service.Send(Red());
        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public async Task A_service_that_is_stopped_ends_well_after_its_time_to_drain()
    {
        using var service = await WebService.Start(new() { ["DrainSeconds"] = "1" });
        Assert.AreEqual(0, service.Terminate());
    }

    [TestMethod]
    public async Task Limits_can_be_set()
    {
        // By an argument, and by a file in the folder that the service runs in; the other tests set variables.
        File.WriteAllText(_folder["appsettings.json"], """{ "MaxPixels": 1000 }""");
        using var service = await WebService.Start(["dotnet", BuiltApplication.Program("WebApi"), "--MaxUploadBytes", "5000"], new() { ["ASPNETCORE_CONTENTROOT"] = _folder.Path });
        using var small = await service.Send(Red());
        Assert.AreEqual(HttpStatusCode.OK, small.StatusCode);
        using var heavy = await service.Send(new byte[5001]);
        Assert.AreEqual(HttpStatusCode.RequestEntityTooLarge, heavy.StatusCode);
        using var large = await service.Send(File.ReadAllBytes(Images.Write(_folder["large.png"], SKColors.Red, 40, 26)));
        Assert.AreEqual(HttpStatusCode.BadRequest, large.StatusCode);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public async Task Memory_of_large_images_is_returned()
    {
        // As many images at once, and threads of the heap, on any machine.
        using var service = await WebService.Start(new() { ["DOTNET_PROCESSOR_COUNT"] = "2" });
        // 23 MB of pixels each: less than the size for which glibc by itself would take a separate piece from the system.
        var image = HostileImages.Large(2400);
        var before = 0L;
        for (var round = 0; round < 4; round++)
        {
            foreach (var response in await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => service.Send(round == 0 ? Red() : image))))
            {
                using (response)
                    Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
            }
            if (round == 0)
                before = service.Memory;
        }
        // Two threads that kept theirs would exceed it.
        Assert.IsLessThan(before + 90_000_000, service.Memory);
    }

    [TestMethod]
    [DataRow("MaxPixels", "many")]
    [DataRow("MaxUploadBytes", "0")]
    [DataRow("MaxWaiting", "-1")]
    [DataRow("DrainSeconds", "3601")]
    public void A_setting_that_is_no_limit_is_an_error_that_names_it(string name, string value)
    {
        var result = Tool.Start("dotnet", [BuiltApplication.Program("WebApi")], environment: new() { [name] = value }).Must(2);
        Assert.StartsWith($"The setting {name} is '{value}'. Set it to a whole number from ", result.Error);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public async Task The_published_service_runs_as_another_user_in_a_folder_that_cannot_be_written()
    {
        // As in the Dockerfile, but for the build, which is there.
        Tool.Start("dotnet", ["publish", Path.Combine(BuiltApplication.Path, "Colours_WebApi"), "-c", "Release", "--no-build", "--nologo", "-nodeReuse:false", "-o", _folder["published"]]).Must(0);
        var temporary = Directory.CreateDirectory(_folder["temporary"]);
        Tool.Start("chmod", ["a+rwx", temporary.FullName]).Must(0);
        Tool.Start("chmod", ["a+rx", _folder.Path]).Must(0);
        Tool.Start("chmod", ["-R", "a-w,a+rX", _folder["published"]]).Must(0);
        try
        {
            using var service = await WebService.Start(
                [.. OtherUser(), "dotnet", _folder["published", "Colours_WebApi.dll"]], new() { ["HOME"] = "/nonexistent", ["TMPDIR"] = temporary.FullName, ["DOTNET_EnableDiagnostics"] = "0" });
            using var response = await service.Send(Red());
            Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
            Assert.AreEqual(0, service.Terminate());
            Assert.IsEmpty(temporary.GetFileSystemInfos());
        }
        finally
        {
            Tool.Start("chmod", ["-R", "u+w", _folder["published"]]).Must(0);
        }
    }

    [TestMethod]
    public async Task An_image_that_may_be_good_gets_503_where_the_system_cannot_decode_it()
    {
        // What 'rf3d install-heic' installs, damaged.
        foreach (var name in new[] { "Magick.NET.Core.dll", "Magick.NET-Q8-AnyCPU.dll" })
            File.WriteAllText(_folder.New("heic", name), "damaged");
        using var service = await WebService.Start(new() { ["RF3D_HEIC"] = _folder["heic"] });
        using var response = await service.Send(File.ReadAllBytes(RepositoryRoot.Combine("Rf3d.MLNet.Tests", "Datasets", "Formats", "left-red-right-blue.heic")));
        Assert.AreEqual(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        // It does not pass by itself, and folders of the server are not for its clients.
        Assert.IsFalse(response.Headers.Contains("Retry-After"));
        var answer = await response.Content.ReadAsStringAsync();
        Assert.Contains("its decoder does not load", answer);
        Assert.DoesNotContain(Path.GetFileName(_folder.Path), answer);
        await UntilMetricsHave(service, "classifier_refused_total{reason=\"failed\"} 1");
    }

    [TestMethod]
    public void An_address_that_is_in_use_is_an_error_of_one_line_that_says_what_to_do()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}");
        var result = Tool.Start("dotnet", [BuiltApplication.Program("WebApi")], environment: new() { ["ASPNETCORE_URLS"] = address }).Must(1);
        var line = result.Error.TrimEnd();
        Assert.DoesNotContain("\n", line);
        Assert.Contains(address, line);
        Assert.Contains("Set another address with --urls or in ASPNETCORE_URLS", line);
        Assert.DoesNotContain("   at ", result.Output);
    }

    [TestMethod]
    [DataRow("localhost:1x")]
    [DataRow("https://localhost:0")]
    public void An_address_that_is_none_is_an_error_of_one_line_that_says_what_to_do(string address)
    {
        var result = Tool.Start("dotnet", [BuiltApplication.Program("WebApi"), "--urls", address]).Must(1);
        Assert.DoesNotContain("\n", result.Error.TrimEnd());
        Assert.Contains("Set another address with --urls", result.Error);
        Assert.DoesNotContain("   at ", result.Output);
    }

    [TestMethod]
    // As in the Dockerfile.
    [DataRow("ASPNETCORE_HTTP_PORTS", "0")]
    [DataRow("Kestrel__Endpoints__A__Url", "http://127.0.0.1:0")]
    public async Task An_address_that_is_set_counts_more_than_the_default(string name, string value)
    {
        using var service = await WebService.Start(new() { ["ASPNETCORE_URLS"] = "", ["ASPNETCORE_HTTP_PORTS"] = "", [name] = value });
        Assert.AreNotEqual(new Uri(ApplicationGenerator.Address).Port, service.Client.BaseAddress!.Port);
    }

    [TestMethod]
    public void Without_a_setting_the_service_listens_on_the_address_of_the_readme()
    {
        var port = new Uri(ApplicationGenerator.Address).Port;
        using var taken = new TcpListener(IPAddress.Loopback, port);
        try
        {
            taken.Start();
        }
        catch (SocketException)
        {
            // Another program has it, which is as good.
        }
        var result = Tool.Start("dotnet", [BuiltApplication.Program("WebApi")], environment: new() { ["ASPNETCORE_URLS"] = "", ["ASPNETCORE_HTTP_PORTS"] = "" }).Must(1);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $":{port}"), result.Error);
        Assert.Contains("Set another address", result.Error);
    }

    /// <summary>Root may write anywhere; "nobody" represents all other users.</summary>
    private static string[] OtherUser()
    {
        if (Environment.UserName != "root")
            return [];
        if (!File.Exists("/usr/bin/setpriv"))
            Assert.Inconclusive("There is no setpriv to become another user with.");
        return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"];
    }

    private static TcpClient HalfRequest(WebService service)
    {
        var client = new TcpClient(service.Client.BaseAddress!.Host, service.Client.BaseAddress.Port);
        client.GetStream().Write(Encoding.ASCII.GetBytes("POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf"));
        return client;
    }

    /// <summary>What clients have sent, or that they are gone, arrives after a moment.</summary>
    private static async Task<HttpResponseMessage> UntilAnsweredBy(WebService service, byte[] image, HttpStatusCode status)
    {
        for (var attempt = 0; attempt < 500; attempt++)
        {
            var response = await service.Send(image);
            if (response.StatusCode == status)
                return response;
            response.Dispose();
            await Task.Delay(20);
        }
        throw new AssertFailedException($"No request was answered by {status}.");
    }

    private static async Task<HttpStatusCode> Status(WebService service, string path)
    {
        using var response = await service.Client.GetAsync(new Uri(path, UriKind.Relative));
        return response.StatusCode;
    }

    private static Task<string> Metrics(WebService service) => service.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative));

    /// <summary>A request is counted when it ends, which may be after its answer has arrived.</summary>
    private static async Task UntilMetricsHave(WebService service, string line)
    {
        var metrics = "";
        for (var attempt = 0; attempt < 200; attempt++)
        {
            metrics = await Metrics(service);
            if (metrics.Split('\n').Contains(line))
                return;
            await Task.Delay(20);
        }
        Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"The metrics have no line '{line}':\n{metrics}"));
    }

    private byte[] Red() => File.ReadAllBytes(Images.Write(_folder["red.png"], SKColors.Red));
}
