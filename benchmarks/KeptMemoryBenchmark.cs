using System.Globalization;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.Benchmarks;

/// <summary>
/// Training images per second with and without <see cref="TorchRuntime.KeepMemory"/>, and the memory that it costs. Each training has a separate process: the setting belongs to the
/// process, and so does the state of its heap.
/// </summary>
internal static class KeptMemoryBenchmark
{
    public static Report Run(IReadOnlyList<Architecture> networks, IReadOnlyList<int> sizes, int batch, TrainingPrecision precision, int rounds, string command)
    {
        var report = new Report();
        report.Heading(1, "Kept memory");
        report.Paragraph($"`{command}`");
        report.List(
        [
            .. HardwareFingerprint.Torch,
            $"{rounds} rounds; in each, one training with and one without, in processes of their own, the other one first in every second round",
            $"the trainer's own session by default, on the process's first thread: Muon, identity branches, {precision}, batches of {batch}, images with random content; {KeptMemorySpeed.Epochs} epochs of {KeptMemorySpeed.StepsOfEpoch} steps, of which the last is timed",
            "memory: the most that the process had resident",
        ]);
        report.Paragraph($"Images per second and memory: median (least to greatest). Ratios within a round: median (least to greatest).");
        var rows = new List<string[]>();
        foreach (var size in sizes)
        {
            foreach (var network in networks)
            {
                rows.Add(Measure(network, size, batch, precision, rounds));
                Console.WriteLine(string.Join("  ", rows[^1]));
            }
        }
        report.Table(["network", "image", "images/s without", "images/s with", "with / without", "memory without", "memory with", "with / without"], rows);
        return report;
    }

    private static string[] Measure(Architecture network, int size, int batch, TrainingPrecision precision, int rounds)
    {
        var (without, with) = (new List<KeptMemorySpeed>(), new List<KeptMemorySpeed>());
        for (var round = 0; round < rounds; round++)
        {
            foreach (var keeps in round % 2 == 0 ? new[] { false, true } : [true, false])
                (keeps ? with : without).Add(KeptMemorySpeed.InProcess(network, size, batch, precision, keeps));
        }
        return
        [
            network.ToString(), $"{size}×{size}", Speed(without), Speed(with), Ratio(run => run.ImagesPerSecond), Memory(without), Memory(with), Ratio(run => run.PeakBytes),
        ];

        string Ratio(Func<KeptMemorySpeed, double> figure) => Report.Ratio(Spread.Of(with.Zip(without, (one, other) => figure(one) / figure(other))));
    }

    private static string Speed(IEnumerable<KeptMemorySpeed> runs)
    {
        var (median, least, greatest) = Spread.Of(runs.Select(run => run.ImagesPerSecond));
        return string.Create(CultureInfo.InvariantCulture, $"{median:0.0} ({least:0.0} to {greatest:0.0})");
    }

    private static string Memory(IEnumerable<KeptMemorySpeed> runs)
    {
        var (median, least, greatest) = Spread.Of(runs.Select(run => (double)run.PeakBytes));
        return $"{Report.Bytes((long)median)} ({Report.Bytes((long)least)} to {Report.Bytes((long)greatest)})";
    }
}
