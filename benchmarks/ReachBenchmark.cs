using Rf3d.Planning;

namespace Rf3d.Benchmarks;

/// <summary>How long the exact reach of channels takes to work out, which planning a network does often.</summary>
internal static class ReachBenchmark
{
    public static Report Run(int channels, int layers, int rounds, string command)
    {
        Layer depthwise = new DepthwiseConvolution();
        Layer Grouped(int groups) => new Convolution { Filters = channels, Size = 1, Groups = groups };
        Layer Rolling(int groups) => new RollingPointwiseConvolution { Filters = channels, Groups = groups, Overlap = 0.5 };
        var manyGroups = channels / 4;
        (string Name, Layer[] Block)[] chains =
        [
            ("DW, PW", [depthwise, Grouped(1)]),
            ("DW, GPW (g = 8)", [depthwise, Grouped(8)]),
            ("DW, shuffle, GPW (g = 8)", [depthwise, new ChannelShuffle { Groups = 8 }, Grouped(8)]),
            ("DW, RPW (g = 2)", [depthwise, Rolling(2)]),
            ($"DW, RPW (g = {manyGroups})", [depthwise, Rolling(manyGroups)]),
        ];
        ChannelReach Walk(Layer[] block) =>
            Enumerable.Range(0, layers).Aggregate(ChannelReach.Start(channels), (reach, layer) => reach.After(block[layer % block.Length]));

        var times = Alternating.Measure(
            [.. chains.Select(chain => new Rival(chain.Name, () => Walk(chain.Block)))], new RoundBudget(TimeSpan.FromMinutes(1), 1, rounds));
        var report = new Report();
        report.Heading(1, "Exact channel reach");
        report.Paragraph($"`{command}`");
        report.List([.. HardwareFingerprint.General, $"{times.Rounds} rounds after a warm-up"]);
        report.Paragraph($"{channels:N0} channels, {layers} layers, from first to last; o = 1/2. Milliseconds: median (least to greatest).");
        report.Table(
            ["chain", "ms", "input channels that the last layer's channels see, at least"],
            chains.Select(chain =>
            {
                var (median, least, greatest) = times.Milliseconds(chain.Name);
                return (string[])
                [
                    chain.Name,
                    $"{Report.Milliseconds(median)} ({Report.Milliseconds(least)} to {Report.Milliseconds(greatest)})",
                    $"{Walk(chain.Block).Least}",
                ];
            }));
        return report;
    }
}
