using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Generation;

/// <summary>The files that generated applications leave, and their end.</summary>
[TestClass]
[OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
public sealed class GeneratedMannersTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    [FieldReport(17)]
    public void A_run_leaves_nothing_in_the_folders_of_temporary_files_and_of_the_user()
    {
        var environment = Environment();
        Tool.Start("dotnet", [BuiltApplication.Program("ConsoleApp"), Images.Write(_folder["red.png"], SKColors.Red)], environment: environment).Must(0);
        AssertNothingIsLeft();
    }

    [TestMethod]
    [FieldReport(17)]
    public async Task A_service_that_is_stopped_leaves_nothing_either()
    {
        using var service = await WebService.Start(Environment());
        using var response = await service.Send(File.ReadAllBytes(Images.Write(_folder["red.png"], SKColors.Red)));
        Assert.IsTrue(response.IsSuccessStatusCode);
        Assert.AreEqual(0, service.Terminate());
        AssertNothingIsLeft();
    }

    [TestMethod]
    [FieldReport(25)]
    public async Task A_service_that_is_stopped_answers_accepted_requests()
    {
        using var service = await WebService.Start();
        var image = File.ReadAllBytes(Images.Write(_folder["red.png"], SKColors.Red));
        var request = (byte[])[.. Encoding.ASCII.GetBytes($"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: {image.Length}\r\n\r\n"), .. image];
        ConcurrentBag<string> cut = [];
        var answered = 0;
        var address = service.Client.BaseAddress!;
        var connections = Enumerable.Range(0, 32).Select(_ => new TcpClient(address.Host, address.Port) { ReceiveTimeout = 60_000 }).ToList();
        // A thread for each: all are busy at any time.
        var clients = connections.ConvertAll(client => Task.Factory.StartNew(() => AskUntilClosed(client), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        while (Volatile.Read(ref answered) < 100 && !clients.TrueForAll(client => client.IsCompleted))
            await Task.Delay(10);
        Assert.IsFalse(clients.TrueForAll(client => client.IsCompleted), $"The service ended the connections before it was stopped: {string.Join('\n', cut)}");
        Assert.AreEqual(0, service.Terminate());
        await Task.WhenAll(clients).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.IsEmpty(cut, string.Join('\n', cut));
        connections.ForEach(client => client.Dispose());

        void AskUntilClosed(TcpClient client)
        {
            while (true)
            {
                var answer = Ask(client.GetStream(), request);
                Interlocked.Increment(ref answered);
                if (!answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
                {
                    cut.Add(answer);
                    return;
                }
                // The service asks for no more requests.
                if (answer.Contains("Connection: close", StringComparison.OrdinalIgnoreCase))
                    return;
            }
        }
    }

    [TestMethod]
    [FieldReport(15)]
    [DataRow("ConsoleApp")]
    [DataRow("WebApi")]
    public void A_damaged_model_is_an_error_that_names_it(string project)
    {
        foreach (var file in Directory.GetFiles(BuiltApplication.Output(project), "*", SearchOption.AllDirectories))
            File.Copy(file, _folder.New("app", Path.GetRelativePath(BuiltApplication.Output(project), file)));
        var content = File.ReadAllBytes(_folder["app", "Colours.zip"]);
        content[content.Length / 2] ^= 4;
        File.WriteAllBytes(_folder["app", "Colours.zip"], content);
        var result = Tool.Start("dotnet", [_folder["app", $"Colours_{project}.dll"], Images.Write(_folder["red.png"], SKColors.Red)]).Must(1);
        Assert.Contains("Colours.zip' is damaged: its entry", result.Error);
        Assert.AreEqual("", result.Output);
    }

    [TestMethod]
    [FieldReport(32)]
    [DataRow("PublishTrimmed")]
    [DataRow("PublishAot")]
    public void Trimming_is_refused_when_an_application_is_published(string property)
    {
        var project = Path.Combine(BuiltApplication.Path, "Colours_ConsoleApp");
        var result = Tool.Start("dotnet", ["publish", project, "-c", "Release", $"-p:{property}=true", "--nologo", "-nodeReuse:false", "-o", _folder["out"]]).Must(1);
        Assert.Contains("ML.NET does not work in a trimmed application", result.Output);
        Assert.IsFalse(Directory.Exists(_folder["out"]));
    }

    [TestMethod]
    [FieldReport(26)]
    public void The_tool_leaves_nothing_in_a_new_home()
    {
        Tool.Start("dotnet", [Tool.Assembly, "predict", GeneratedApplication.Model, Images.Write(_folder["red.png"], SKColors.Red)], environment: Environment()).Must(0);
        AssertNothingIsLeft();
    }

    private static string Ask(NetworkStream stream, byte[] request)
    {
        var answer = new StringBuilder();
        var buffer = new byte[8192];
        try
        {
            stream.Write(request);
            while (!IsComplete(answer.ToString()) && stream.Read(buffer) is > 0 and var read)
                answer.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }
        catch (IOException error)
        {
            return $"{answer} {error.Message}";
        }
        return IsComplete(answer.ToString()) ? answer.ToString() : "";
    }

    /// <summary>Kestrel sends an answer of unknown length in chunks, of which the last is empty.</summary>
    private static bool IsComplete(string answer) =>
        answer.Contains("Transfer-Encoding: chunked", StringComparison.Ordinal) ? answer.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal)
        : answer.Split("\r\n\r\n") is [var head, var body] && head.Contains($"Content-Length: {Encoding.UTF8.GetByteCount(body)}", StringComparison.Ordinal);

    private Dictionary<string, string> Environment() => new()
    {
        ["TMPDIR"] = Directory.CreateDirectory(_folder["temporary"]).FullName,
        ["HOME"] = Directory.CreateDirectory(_folder["home"]).FullName,
        ["XDG_CACHE_HOME"] = "",
        ["XDG_DATA_HOME"] = "",
        ["ORT_DISABLE_TELEMETRY"] = "",
        // .NET's own sockets for debuggers.
        ["DOTNET_EnableDiagnostics"] = "0",
    };

    private void AssertNothingIsLeft()
    {
        Assert.IsEmpty(Directory.GetFileSystemEntries(_folder["temporary"]));
        Assert.IsEmpty(Directory.GetFileSystemEntries(_folder["home"]));
    }
}
