using System.Net.Sockets;
using System.Text;

namespace Rf3d.ModelBuilder.Tests;

/// <summary>A request for a prediction whose body comes in two parts: the second one when the test wants it.</summary>
internal sealed class SlowUpload : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TcpClient _client;
    private readonly byte[] _rest;

    private SlowUpload(TcpClient client, byte[] rest) => (_client, _rest) = (client, rest);

    /// <summary>Returns when the server reads the body, and the first part is sent.</summary>
    /// <param name="address">The server.</param>
    /// <param name="body">The image.</param>
    /// <param name="first">The number of bytes of the first part.</param>
    public static async Task<SlowUpload> Begin(Uri address, byte[] body, int first)
    {
        var client = new TcpClient(address.Host, address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /predict HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: {body.Length}\r\n\r\n"));
        var answer = "";
        var one = new byte[1];
        while (!answer.EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one).AsTask().WaitAsync(Patience) > 0)
            answer += (char)one[0];
        Assert.StartsWith("HTTP/1.1 100 ", answer);
        await stream.WriteAsync(body.AsMemory(0, first));
        return new(client, body[first..]);
    }

    /// <summary>Begins uploads, does something else, and completes them, all of which are answered.</summary>
    /// <param name="address">The server.</param>
    /// <param name="image">The body of each upload.</param>
    /// <param name="count">The number of uploads.</param>
    /// <param name="meanwhile">Called when each has sent half of its body.</param>
    public static async Task During(Uri address, byte[] image, int count, Func<Task> meanwhile)
    {
        List<SlowUpload> slow = [];
        try
        {
            for (var i = 0; i < count; i++)
                slow.Add(await Begin(address, image, image.Length / 2));
            await meanwhile();
            foreach (var upload in slow)
                Assert.StartsWith("HTTP/1.1 200 ", await upload.End());
        }
        finally
        {
            slow.ForEach(upload => upload.Dispose());
        }
    }

    /// <summary>Sends the second part.</summary>
    /// <returns>The answer with its header.</returns>
    public async Task<string> End()
    {
        await _client.GetStream().WriteAsync(_rest);
        using var reader = new StreamReader(_client.GetStream(), Encoding.UTF8);
        return await reader.ReadToEndAsync().WaitAsync(Patience);
    }

    /// <summary>Ends the connection, whatever has been sent.</summary>
    public void Dispose() => _client.Dispose();
}
