using System.Diagnostics;
using System.Net.Http.Headers;

namespace Rf3d.ModelBuilder.Tests;

/// <summary>The generated web service, running at an address of its own.</summary>
internal sealed class WebService : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly Lazy<Task<WebService>> Started = new(() => Start());

    private readonly Process _process;

    private WebService(Process process, string address)
    {
        _process = process;
        Client = new HttpClient { BaseAddress = new Uri(address), Timeout = Patience };
    }

    /// <summary>One without settings for all tests that neither count its requests nor end it, and do not dispose it.</summary>
    public static Task<WebService> Shared => Started.Value;

    public HttpClient Client { get; }

    public bool IsRunning => !_process.HasExited;

    /// <summary>The most memory that it has had, in bytes.</summary>
    public long PeakMemory => PeakMemoryOf(_process.Id);

    public static Task<WebService> Start(Dictionary<string, string>? environment = null) => Start(["dotnet", BuiltApplication.Program("WebApi")], environment);

    /// <param name="command">The program that becomes the service, and its arguments.</param>
    /// <param name="environment">Variables that it gets in addition, and in place of the one with a free address.</param>
    public static async Task<WebService> Start(string[] command, Dictionary<string, string>? environment = null)
    {
        var variables = new Dictionary<string, string>(environment ?? []) { ["DOTNET_ENVIRONMENT"] = "Production" };
        variables.TryAdd("ASPNETCORE_URLS", "http://127.0.0.1:0");
        var process = Process.Start(Tool.StartInfo(command[0], command[1..], variables))!;
        // Without a reader the pipe would fill, and the service would block.
        var errors = process.StandardError.ReadToEndAsync();
        var address = "";
        using (var limit = new CancellationTokenSource(Patience))
        using (limit.Token.Register(() => process.Kill(entireProcessTree: true)))
        {
            while (address.Length == 0 && await process.StandardOutput.ReadLineAsync() is { } line)
                address = line.Contains("Now listening on: http", StringComparison.Ordinal) ? line[line.IndexOf("http", StringComparison.Ordinal)..].Replace("[::]", "localhost", StringComparison.Ordinal) : "";
        }
        if (address.Length == 0)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"The web service does not start: {await errors}");
        }
        _ = process.StandardOutput.ReadToEndAsync();
        return new(process, address);
    }

    /// <summary>Ends the one that tests share, if there is one.</summary>
    public static void StopShared()
    {
        if (Started.IsValueCreated && Started.Value.IsCompletedSuccessfully)
            Started.Value.Result.Dispose();
    }

    /// <summary>The memory that it has now, in bytes.</summary>
    public long Memory => StatusOf(_process.Id, "VmRSS:");

    public static long PeakMemoryOf(int process) => StatusOf(process, "VmHWM:");

    private static long StatusOf(int process, string field) => 1024 * File.ReadLines($"/proc/{process}/status")
        .Where(line => line.StartsWith(field, StringComparison.Ordinal)).Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture)).FirstOrDefault();

    /// <summary>Sends an image as a file of a form.</summary>
    public async Task<HttpResponseMessage> Upload(byte[] content)
    {
        using var form = new MultipartFormDataContent();
        using var file = new ByteArrayContent(content);
        form.Add(file, "image", "upload.png");
        return await Client.PostAsync(new Uri("/predict", UriKind.Relative), form);
    }

    /// <summary>Sends an image as the body.</summary>
    public Task<HttpResponseMessage> Send(byte[] content) => Send(content, contentType: null);

    /// <summary>Sends an image as the body, with the type that the client declares.</summary>
    public async Task<HttpResponseMessage> Send(byte[] content, string? contentType)
    {
        using var body = new ByteArrayContent(content);
        body.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        return await Client.PostAsync(new Uri("/predict", UriKind.Relative), body);
    }

    /// <summary>Stops it as a container does.</summary>
    /// <returns>The exit code.</returns>
    public int Terminate()
    {
        Signal();
        return WaitForExit();
    }

    /// <summary>Asks it to stop, and does not wait.</summary>
    public void Signal()
    {
        Tool.Terminate(_process);
    }

    /// <returns>The exit code.</returns>
    public int WaitForExit()
    {
        Assert.IsTrue(_process.WaitForExit(Patience), "The web service does not end.");
        return _process.ExitCode;
    }

    public void Dispose()
    {
        Client.Dispose();
        if (IsRunning)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}
