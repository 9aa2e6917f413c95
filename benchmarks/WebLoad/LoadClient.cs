using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Rf3d.Benchmarks;

/// <summary>Sends requests to a service and judges the answers.</summary>
internal sealed class LoadClient(Uri address, IReadOnlyList<string> classes) : IDisposable
{
    private const double Tolerance = 1e-4;
    private const int Busy = 429, Unavailable = 503;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    // Without a limit: a machine that is stopped for a while would exceed any.
    private readonly HttpClient _client = new(new SocketsHttpHandler { MaxConnectionsPerServer = 10_000, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20) }) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Sends a request, and adds the answer to a tally.</summary>
    /// <param name="request">The request.</param>
    /// <param name="tally">Where to add it.</param>
    /// <param name="mayBeBusy">Whether it may be refused because too many wait.</param>
    public async Task Send(LoadRequest request, LoadTally tally, bool mayBeBusy = false)
    {
        if (request.IsAbandoned)
        {
            await Abandon(request);
            tally.Add(request.Kind, 0, 0, null);
            return;
        }
        var start = Stopwatch.GetTimestamp();
        try
        {
            using var message = request.Create(address);
            using var response = await _client.SendAsync(message);
            var answer = await ServiceAnswer.Read(response);
            tally.Add(request.Kind, answer.Status, Stopwatch.GetElapsedTime(start).TotalMilliseconds, Fault(request, answer, mayBeBusy, tally));
            if (answer.Status == Busy)
                await Task.Delay(Pause);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            tally.Add(request.Kind, 0, 0, $"no answer: {error.GetBaseException().Message}");
        }
    }

    /// <summary>Sends a request and returns the answer; errors pass through.</summary>
    public async Task<ServiceAnswer> Ask(LoadRequest request)
    {
        using var message = request.Create(address);
        using var response = await _client.SendAsync(message);
        return await ServiceAnswer.Read(response);
    }

    /// <summary>The fault of a success; null where there is none.</summary>
    public string? Fault(LoadRequest request, ServiceAnswer answer)
    {
        var difference = answer.DifferenceFrom(classes, request.Scores);
        return difference <= Tolerance ? null : string.Create(CultureInfo.InvariantCulture, $"the scores differ from the library's by {difference:0.0e0}");
    }

    public void Dispose() => _client.Dispose();

    private string? Fault(LoadRequest request, ServiceAnswer answer, bool mayBeBusy, LoadTally tally)
    {
        switch (answer.Status)
        {
            case Busy:
                return !mayBeBusy ? "status 429 with fewer requests than may wait" : answer.SaysWhen ? null : "status 429 without Retry-After";
            case Unavailable:
                return answer.Reason.Length > 0 ? null : "status 503 without a reason";
        }
        if (!request.Statuses.Contains(answer.Status))
            return string.Create(CultureInfo.InvariantCulture, $"status {answer.Status}: {answer.Reason}");
        if (request.IsGood)
        {
            tally.AddDifference(answer.DifferenceFrom(classes, request.Scores));
            return Fault(request, answer);
        }
        return answer.Status >= 400 && answer.Reason.Length == 0 ? string.Create(CultureInfo.InvariantCulture, $"status {answer.Status} without a reason") : null;
    }

    private async Task Abandon(LoadRequest request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{request.Method} {request.Path} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: image/jpeg\r\nContent-Length: 100000\r\n\r\nhalf"));
    }
}
