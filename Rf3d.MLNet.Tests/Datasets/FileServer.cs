using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rf3d.MLNet.Tests.Datasets;

/// <summary>A web server on loopback that serves one content and can simulate failures.</summary>
internal sealed class FileServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly byte[] _content;
    private readonly Task _serving;

    public FileServer(byte[] content)
    {
        _content = content;
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/data/");

    /// <summary>Whether Range is honoured.</summary>
    public bool Ranges { get; set; } = true;

    /// <summary>Whether the response tells its length.</summary>
    public bool TellsLength { get; set; } = true;

    /// <summary>Cuts the connection after so many bytes of each response.</summary>
    public int CutAfter { get; set; } = int.MaxValue;

    /// <summary>Instead of cutting the connection, sends nothing more.</summary>
    public bool Stalls { get; set; }

    public HttpStatusCode? Refuses { get; set; }

    /// <summary>The requests so far: path and Range, as "path" or "path bytes=5-".</summary>
    public List<string> Requests { get; } = [];

    public long BytesSent { get; private set; }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        _serving.Wait();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await AnswerAsync(client.GetStream());
            }
            catch (Exception error) when (error is OperationCanceledException or IOException or SocketException)
            {
            }
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, false, 1024, leaveOpen: true);
        var path = (await reader.ReadLineAsync(_stop.Token))?.Split(' ')[1];
        string? range = null;
        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } line)
        {
            if (line.StartsWith("Range: ", StringComparison.OrdinalIgnoreCase))
                range = line["Range: ".Length..];
        }
        Requests.Add(range == null ? path! : $"{path} {range}");

        var from = Ranges && range != null ? int.Parse(range["bytes=".Length..].TrimEnd('-'), null) : 0;
        if (Refuses is { } status)
        {
            await SendAsync(stream, $"HTTP/1.1 {(int)status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            return;
        }
        if (from > 0 && from >= _content.Length)
        {
            await SendAsync(stream, $"HTTP/1.1 416 No\r\nContent-Range: bytes */{_content.Length}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            return;
        }
        var head = from > 0
            ? $"HTTP/1.1 206 Partial\r\nContent-Range: bytes {from}-{_content.Length - 1}/{_content.Length}\r\n"
            : "HTTP/1.1 200 OK\r\n";
        if (TellsLength)
            head += $"Content-Length: {_content.Length - from}\r\n";
        await SendAsync(stream, head + "Connection: close\r\n\r\n");
        var count = Math.Min(CutAfter, _content.Length - from);
        await stream.WriteAsync(_content.AsMemory(from, count), _stop.Token);
        BytesSent += count;
        if (Stalls)
            await Task.Delay(Timeout.Infinite, _stop.Token);
    }

    private async Task SendAsync(NetworkStream stream, string text) =>
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text), _stop.Token);
}
