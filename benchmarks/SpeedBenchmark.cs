using System.Globalization;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.Benchmarks;

/// <summary>Training images per second: the engine against a raw loop, its ceiling, and against a plain loop.</summary>
internal static class SpeedBenchmark
{
    // Enough images a pass for the clock, and few enough for a plain loop's patience.
    private const int SlowNetworkMacs = 500_000_000;

    public static IReadOnlyList<string> NetworkNames => [.. Networks().Select(network => network.Name)];

    public static Report Run(IReadOnlyList<string> networks, IReadOnlyList<int> batches, int rounds, string command)
    {
        var report = new Report();
        report.Heading(1, "Training speed");
        report.Paragraph($"`{command}`");
        report.List(
        [
            .. HardwareFingerprint.Torch,
            $"{rounds} rounds; rivals take turns within a round, in one process",
            "engine: an epoch of the trainer's own session from uint8 images, with random crops and flips, normalisation, fused SGD and its figures",
            "engine with identity branches: the same with an identity branch around each kernel that can have one during training (none in ResNets)",
            "engine by default: with identity branches and Muon, as the trainer does it by default",
            "raw loop, the ceiling: the same network, layout, precision and treatment of free memory on one batch of random numbers that is prepared in advance, TorchSharp's SGD",
            "raw loop, NCHW: the same in the other layout, one plane a channel",
            "plain loop: the same network as TorchSharp's users train it: images stacked one by one, NCHW, float32, Adam",
            $"every rival takes {SpeedRivals.Passes} passes in a row, and its last is timed",
        ]);
        report.Paragraph(
            $"Images of 32×32 with random content, 10 classes; \"opt\" is the organizer's result. Images per second: median (least to greatest). Ratios within a round: median (least to greatest).");
        var rows = new List<string[]>();
        foreach (var batch in batches)
        {
            foreach (var (name, network) in Networks().Where(network => networks.Contains(network.Name)))
            {
                foreach (var precision in new[] { TrainingPrecision.BFloat16, TrainingPrecision.Float32 })
                {
                    rows.Add(Measure(name, network, precision, batch, rounds));
                    Console.WriteLine(string.Join("  ", rows[^1]));
                }
            }
        }
        report.Table(["network", "M MACs", "precision", "batch", "engine", "with identity branches", "by default", "raw loop", "raw loop, NCHW", "plain loop", "engine / raw", "channels-last / NCHW", "engine / plain", "by default / engine", "by default / plain"], rows);
        return report;
    }

    private static IEnumerable<(string Name, ConvNet Network)> Networks()
    {
        yield return ("VGG16", Create(Architecture.Vgg16));
        yield return ("VGG16-opt", Organized(Architecture.Vgg16));
        yield return ("MobileNet-opt", Organized(Architecture.MobileNet));
        yield return ("ResNet18Slim-opt", Organized(Architecture.ResNet18Slim));
        yield return ("ResNet50", Create(Architecture.ResNet50));
    }

    private static ConvNet Create(Architecture architecture) => ConvNetFactory.Create(architecture, 32, 32, 10);

    private static ConvNet Organized(Architecture architecture) => NetworkPlan.Create(Create(architecture), new OrganizerOptions(), Decomposition.Off).Optimized;

    private static string[] Measure(string name, ConvNet network, TrainingPrecision precision, int batch, int rounds)
    {
        var macs = NetworkCost.Of(NetworkLayout.Of(network)).Macs;
        using var rivals = new SpeedRivals(network, precision, batch, steps: Math.Max(1, (macs > SlowNetworkMacs ? 64 : 512) / batch));
        var speeds = rivals.All.ToDictionary(rival => rival.Key, _ => new double[rounds]);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (rival, train) in rivals.All.Skip(round % rivals.All.Count).Concat(rivals.All.Take(round % rivals.All.Count)))
                speeds[rival][round] = train();
        }
        return
        [
            name, (macs / 1e6).ToString("0.0", CultureInfo.InvariantCulture), precision.ToString(), $"{batch}",
            Speed(SpeedRivals.Engine), Speed(SpeedRivals.Branches), Speed(SpeedRivals.Default), Speed(SpeedRivals.Raw), Speed(SpeedRivals.RawPlanar), Speed(SpeedRivals.Plain),
            Ratio(SpeedRivals.Engine, SpeedRivals.Raw), Ratio(SpeedRivals.Raw, SpeedRivals.RawPlanar), Ratio(SpeedRivals.Engine, SpeedRivals.Plain), Ratio(SpeedRivals.Default, SpeedRivals.Engine), Ratio(SpeedRivals.Default, SpeedRivals.Plain),
        ];

        string Speed(string rival)
        {
            var (median, least, greatest) = Spread.Of(speeds[rival]);
            return string.Create(CultureInfo.InvariantCulture, $"{median:0} ({least:0} to {greatest:0})");
        }

        string Ratio(string first, string second) => Report.Ratio(Spread.Of(speeds[first].Zip(speeds[second], (one, other) => one / other)));
    }
}
