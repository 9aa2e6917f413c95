using System.Globalization;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.Benchmarks;

/// <summary>Training images per second on a CPU beside other processes: with all threads, with as many as there are cores free, and with other settings of OpenMP.</summary>
internal static class SharedMachineBenchmark
{
    /// <param name="network">The network.</param>
    /// <param name="size">Height and width of the images.</param>
    /// <param name="batch">Images in a step.</param>
    /// <param name="precision">Of convolutions.</param>
    /// <param name="warmUp">Seconds of a training before it is timed.</param>
    /// <param name="seconds">Seconds that are timed.</param>
    /// <param name="rounds">How often each way trains in each situation.</param>
    /// <param name="command">The command line, for the report.</param>
    /// <returns>The report after each round: a run that is ended early leaves those that were complete.</returns>
    public static IEnumerable<Report> Run(Architecture network, int size, int batch, TrainingPrecision precision, double warmUp, double seconds, int rounds, string command)
    {
        string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
        string[] arguments =
        [
            "--network", $"{network}", "--size", Number(size), "--batch-size", Number(batch), "--number-precision", $"{precision}", "--warm-up", Number(warmUp), "--seconds", Number(seconds),
        ];
        string[] effects = [ThreadEffects.OnWeights(network, size, batch, precision), ThreadEffects.OfWatching()];
        List<(Situation Situation, TrainingWay Way, SharedTraining Training)> results = [];
        for (var round = 1; round <= rounds; round++)
        {
            foreach (var situation in Situation.All)
                results.AddRange(Measure(situation, arguments, round).Select(entry => (situation, entry.Way, entry.Training)));
            var report = new Report();
            report.Heading(1, "Shared machine");
            report.Paragraph($"`{command}`");
            report.List(
            [
                .. HardwareFingerprint.Torch,
                $"{network}, images of {size}×{size} with random content, batches of {batch}, {precision}; the trainer's own session by default (Muon, identity branches)",
                string.Create(CultureInfo.InvariantCulture, $"rounds: {round}; in each, one training in each way, in processes of their own, the next one first in every round; timed are {seconds:0.#} seconds after the first {warmUp:0.#}"),
                "*fixed threads*: as many as libtorch chooses, from start to end, as with `Deterministic`; *default*: as many as there are cores free",
            ]);
            report.Paragraph($"Images per second: median (least to greatest).");
            report.Table(["way", .. Situation.All.Select(situation => situation.Name)], TrainingWay.All.Select(way => Row(way, Speed)));
            report.Paragraph($"The number of threads at the end of each training by default, and the seconds from the first step to the last change:");
            report.Table([.. Situation.All.Select(situation => situation.Name)], [Row(TrainingWay.All.First(way => way.Adapts), Decisions)[1..]]);
            foreach (var effect in effects)
                report.Paragraph($"{effect}");
            yield return report;
        }

        string[] Row(TrainingWay way, Func<IReadOnlyList<SharedTraining>, string> cell) =>
        [
            way.Name,
            .. Situation.All.Select(situation => cell([.. results.Where(entry => entry.Situation == situation && entry.Way == way).Select(entry => entry.Training)])),
        ];
    }

    private static List<(TrainingWay Way, SharedTraining Training)> Measure(Situation situation, IReadOnlyList<string> arguments, int round)
    {
        using var quota = situation.Quota is { } processors ? CpuQuota.Make(processors) : null;
        if (situation.Quota is not null && quota is null)
            return [];
        List<(TrainingWay Way, SharedTraining Training)> results = [];
        var busy = Enumerable.Range(0, situation.Busy).Select(_ => new BusyProcess()).ToList();
        try
        {
            for (var turn = 0; turn < TrainingWay.All.Count; turn++)
            {
                var way = TrainingWay.All[(round + turn) % TrainingWay.All.Count];
                var trainings = SharedTraining.InProcesses(arguments, way, situation.Trainings, quota);
                results.AddRange(trainings.Select(training => (way, training)));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{situation.Name}, {way.Name}: {string.Join("; ", trainings)}"));
            }
        }
        finally
        {
            busy.ForEach(process => process.Dispose());
        }
        return results;
    }

    private static string Speed(IReadOnlyList<SharedTraining> trainings)
    {
        if (trainings.Count == 0)
            return "not measured";
        var (median, least, greatest) = Spread.Of(trainings.Select(training => training.ImagesPerSecond));
        return string.Create(CultureInfo.InvariantCulture, $"{median:0} ({least:0} to {greatest:0})");
    }

    private static string Decisions(IReadOnlyList<SharedTraining> trainings) =>
        trainings.Count == 0 ? "not measured" : string.Join("; ", trainings.Select(training =>
            string.Create(CultureInfo.InvariantCulture, $"{training.Threads}{(training.DecisionSeconds is { } seconds ? $" after {seconds:0.0} s" : "")}")));
}
