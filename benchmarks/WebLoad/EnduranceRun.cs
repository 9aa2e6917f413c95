using System.Globalization;

namespace Rf3d.Benchmarks;

/// <summary>Mixed load for a long time, with phases of more requests than may wait; then the signal to stop, with requests in flight.</summary>
internal sealed class EnduranceRun
{
    private const int Cycles = 10;
    private const double OverloadShare = 0.15;

    private static readonly TimeSpan LongestOverload = TimeSpan.FromSeconds(20);

    private readonly LoadTally _mixed = new();
    private readonly LoadTally _overload = new();
    private readonly List<(double Minutes, long Bytes)> _memory = [];
    private readonly LoadMix _mix;
    private readonly LoadClient _client;
    private long _sent;

    private EnduranceRun(LoadMix mix, LoadClient client) => (_mix, _client) = (mix, client);

    /// <param name="program">The built web API.</param>
    /// <param name="length">How long the load lasts.</param>
    /// <param name="clients">Clients that send at a time.</param>
    /// <param name="overloadClients">Clients in the phases of overload.</param>
    /// <param name="conditions">How it runs.</param>
    public static EnduranceResult Run(string program, TimeSpan length, int clients, int overloadClients, PartConditions conditions)
    {
        var temporary = Directory.CreateTempSubdirectory("rf3d-web-load-").FullName;
        try
        {
            var mix = LoadMix.Create(GeneratedService.ModelOf(program));
            using var service = ServiceProcess.Start(program, temporary);
            using var client = new LoadClient(service.Address, mix.Classes);
            return new EnduranceRun(mix, client).Measure(service, temporary, length, clients, overloadClients, conditions);
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    private EnduranceResult Measure(ServiceProcess service, string temporary, TimeSpan length, int clients, int overloadClients, PartConditions conditions)
    {
        var before = Files(temporary);
        double minutes;
        using (var time = new ActiveTime(elapsed => _memory.Add((elapsed.TotalMinutes, ProcessMemory.Resident(service.Id)))))
        {
            var cycle = length / Cycles;
            var overload = TimeSpan.FromTicks(Math.Min(LongestOverload.Ticks, (long)(OverloadShare * cycle.Ticks)));
            for (var number = 1; number <= Cycles && !service.HasExited; number++)
            {
                Send(service, time, (number * cycle) - overload, clients, _mixed, mayBeBusy: false);
                Send(service, time, number * cycle, overloadClients, _overload, mayBeBusy: true);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{time.Elapsed.TotalMinutes:0.0} min: {_sent} requests, {_mixed.FaultCount + _overload.FaultCount} faults, {ProcessMemory.Resident(service.Id) / 1e6:0} MB"));
            }
            minutes = time.Elapsed.TotalMinutes;
        }
        if (service.HasExited)
            throw new InvalidOperationException($"The service ended under load. {service.Ending()}");
        var after = Files(temporary);
        var stop = StopUnderLoad.Run(service, _client, _mix);
        var atEnd = Files(temporary);
        var memory = MemoryTrend.Of(_memory);
        List<string> faults = [.. _mixed.Faults, .. _overload.Faults.Select(fault => $"overload, {fault}")];
        if (memory is { IsFlat: false })
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"memory grew from {memory.FirstTenth:0} MB to {memory.LastTenth:0} MB"));
        if (after > before || atEnd > 0)
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"temporary files: {before} before, {after} after, {atEnd} at the end"));
        if (service.LoggedErrors > 0)
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"{service.LoggedErrors} errors in the log; its end: {service.Log}"));
        if (stop.Lost > 0 || stop.ExitCode != 0)
            faults.Add($"stopped with exit code {stop.ExitCode} and {stop.Lost} requests without a right answer");
        return new(
            conditions, clients, overloadClients, minutes, _sent, _mixed.FaultCount + _overload.FaultCount, _mixed.Counts(), _overload.Counts(), Math.Max(_mixed.LargestDifference, _overload.LargestDifference), memory, before, after, atEnd,
            service.LoggedErrors, stop, faults);
    }

    private static int Files(string folder) => Directory.GetFileSystemEntries(folder, "*", SearchOption.AllDirectories).Length;

    private void Send(ServiceProcess service, ActiveTime time, TimeSpan end, int clients, LoadTally tally, bool mayBeBusy) =>
        Task.WaitAll([.. Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            while (time.Elapsed < end && !service.HasExited)
                await _client.Send(_mix.Draw(Interlocked.Increment(ref _sent)), tally, mayBeBusy);
        }))]);
}
