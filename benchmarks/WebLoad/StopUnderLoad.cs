using System.Diagnostics;
using System.Globalization;

namespace Rf3d.Benchmarks;

/// <summary>Stops a service, as a container does, while it has requests: each that it has accepted must be answered.</summary>
internal static class StopUnderLoad
{
    private const int InFlight = 60;
    private const string Gauge = "http_requests_in_progress{endpoint=\"/predict\"} ";

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public static StopResult Run(ServiceProcess service, LoadClient client, LoadMix mix)
    {
        var requests = Enumerable.Range(0, InFlight).Select(_ => Task.Run(() => client.Ask(mix.Slow))).ToArray();
        // Until the service has all of them, by its own figures.
        using (var metrics = new HttpClient())
        {
            while (Accepted(metrics, service) + requests.Count(request => request.IsCompleted) < InFlight)
                Thread.Sleep(Moment);
        }
        var before = requests.Count(request => request.IsCompleted);
        var start = Stopwatch.GetTimestamp();
        service.Terminate();
        var answered = requests.Count(request => IsRight(request, client, mix.Slow));
        var exitCode = service.WaitForExit(Limit);
        return new(InFlight, before, answered - before, InFlight - answered, exitCode, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static bool IsRight(Task<ServiceAnswer> request, LoadClient client, LoadRequest sent)
    {
        try
        {
            return request.GetAwaiter().GetResult() is { Status: 200 } answer && client.Fault(sent, answer) is null;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int Accepted(HttpClient client, ServiceProcess service)
    {
        var metrics = client.GetStringAsync(new Uri(service.Address, "/metrics")).GetAwaiter().GetResult();
        var line = metrics.Split('\n').FirstOrDefault(line => line.StartsWith(Gauge, StringComparison.Ordinal));
        return line is null ? 0 : (int)double.Parse(line[Gauge.Length..], CultureInfo.InvariantCulture);
    }
}
