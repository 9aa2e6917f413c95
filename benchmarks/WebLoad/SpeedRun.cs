using System.Diagnostics;

namespace Rf3d.Benchmarks;

/// <summary>Images a second and the time to the answer of the service, and images a second of bare ONNX Runtime with the same model: short phases that take turns.</summary>
internal sealed class SpeedRun : IDisposable
{
    private static readonly string[] Kinds = ["JPEG of 32×32", "JPEG of 640×480"];

    private readonly LoadMix _mix;
    private readonly BareOnnx _bare;
    private readonly ServiceProcess _service;
    private readonly LoadClient _client;
    private readonly TimeSpan _phase;

    private SpeedRun(string program, string temporary, TimeSpan phase)
    {
        var model = GeneratedService.ModelOf(program);
        _mix = LoadMix.Create(model);
        _bare = new BareOnnx(model);
        _service = ServiceProcess.Start(program, temporary);
        _client = new LoadClient(_service.Address, _mix.Classes);
        _phase = phase;
    }

    /// <param name="program">The built web API.</param>
    /// <param name="clients">Clients that send at a time, beside the phases with one.</param>
    /// <param name="rounds">Rounds after a warm-up.</param>
    /// <param name="phase">How long a phase lasts.</param>
    /// <param name="conditions">How it runs.</param>
    /// <exception cref="InvalidOperationException">An answer is wrong.</exception>
    public static SpeedResult Run(string program, int clients, int rounds, TimeSpan phase, PartConditions conditions)
    {
        var temporary = Directory.CreateTempSubdirectory("rf3d-web-load-").FullName;
        try
        {
            using var run = new SpeedRun(program, temporary, phase);
            return new(conditions, clients, rounds, phase.TotalSeconds, [.. Kinds.Select(kind => run.Measure(kind, clients, rounds))]);
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _service.Dispose();
        _bare.Dispose();
    }

    private SpeedRow Measure(string kind, int clients, int rounds)
    {
        var request = _mix.Requests.Single(request => request.Kind == kind);
        using var body = request.Body!();
        var content = body.ReadAsByteArrayAsync().GetAwaiter().GetResult();
        var difference = _bare.Scores(content).Zip(request.Scores, (one, other) => Math.Abs(one - other)).Max();
        Phase[] bare = new Phase[rounds], one = new Phase[rounds], many = new Phase[rounds];
        foreach (var measure in (Func<Phase>[])[() => Bare(content), () => Serve(request, 1), () => Serve(request, clients)])
            measure();
        for (var round = 0; round < rounds; round++)
        {
            for (var turn = 0; turn < 3; turn++)
            {
                switch ((round + turn) % 3)
                {
                    case 0:
                        bare[round] = Bare(content);
                        break;
                    case 1:
                        one[round] = Serve(request, 1);
                        break;
                    default:
                        many[round] = Serve(request, clients);
                        break;
                }
            }
            Console.WriteLine(FormattableString.Invariant($"{kind}: bare {bare[round].Speed:0}, one client {one[round].Speed:0}, {clients} clients {many[round].Speed:0} images a second"));
        }
        return new(
            kind, Speeds(bare), Speeds(one), Speeds(many), Time(one, 0.5), Time(one, 0.99), Time(many, 0.5), Time(many, 0.99), Processor(bare, phase => phase.Clients),
            Processor(many, phase => phase.Service), Processor(many, phase => phase.Clients), difference);
    }

    private static double[] Speeds(Phase[] phases) => [.. phases.Select(phase => phase.Speed)];

    private static double Time(Phase[] phases, double share) => Percentile.Of([.. phases.SelectMany(phase => phase.Milliseconds)], share);

    private static double Processor(Phase[] phases, Func<Phase, double> seconds) => 1000 * phases.Sum(seconds) / phases.Sum(phase => phase.Images);

    private Phase Bare(byte[] content) => Time(() => (_bare.Run(content, _phase), []));

    private Phase Serve(LoadRequest request, int clients) => Time(() =>
    {
        var clock = Stopwatch.StartNew();
        var all = Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            List<float> milliseconds = [];
            while (clock.Elapsed < _phase)
            {
                var start = Stopwatch.GetTimestamp();
                var answer = await _client.Ask(request);
                milliseconds.Add((float)Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                if (answer.Status != 200 || _client.Fault(request, answer) is not null)
                    throw new InvalidOperationException($"{request.Kind}: status {answer.Status}, {answer.Reason}");
            }
            return milliseconds;
        }))).GetAwaiter().GetResult();
        List<float> times = [.. all.SelectMany(client => client)];
        return (times.Count, times);
    });

    private Phase Time(Func<(long Images, List<float> Milliseconds)> run)
    {
        using var self = Process.GetCurrentProcess();
        var (start, service, own) = (Stopwatch.GetTimestamp(), _service.ProcessorSeconds, self.TotalProcessorTime.TotalSeconds);
        var (images, milliseconds) = run();
        self.Refresh();
        return new(images, Stopwatch.GetElapsedTime(start).TotalSeconds, _service.ProcessorSeconds - service, self.TotalProcessorTime.TotalSeconds - own, milliseconds);
    }

    /// <param name="Images">Images that were scored.</param>
    /// <param name="Seconds">How long it took.</param>
    /// <param name="Service">Seconds of processor time of the service.</param>
    /// <param name="Clients">Seconds of processor time of this process.</param>
    /// <param name="Milliseconds">To each answer.</param>
    private sealed record Phase(long Images, double Seconds, double Service, double Clients, List<float> Milliseconds)
    {
        public double Speed => Images / Seconds;
    }
}
