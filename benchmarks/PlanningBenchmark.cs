using Rf3d.Planning;

namespace Rf3d.Benchmarks;

/// <summary>How long planning takes: the organizer alone, with the decomposer, and with a budget that it has to search for.</summary>
internal static class PlanningBenchmark
{
    public static Report Run(int rounds, string command)
    {
        var report = new Report();
        report.Heading(1, "Planning");
        report.Paragraph($"`{command}`");
        report.List([.. HardwareFingerprint.General, $"{rounds} rounds after a warm-up"]);
        report.Paragraph($"Milliseconds for a whole plan, costs and 3D receptive fields included: median (least to greatest). The budget is half of the network's own multiply-accumulates.");
        report.Table(
            ["network", "images", "organized", "organized and decomposed", "the same within a budget"],
            Cases().Select(place => Measure(place.Architecture, place.Size, place.Classes, rounds)));
        return report;
    }

    private static IEnumerable<(Architecture Architecture, int Size, int Classes)> Cases()
    {
        foreach (var architecture in new[] { Architecture.ResNet18Slim, Architecture.MobileNet, Architecture.Vgg16 })
            yield return (architecture, 32, 10);
        foreach (var architecture in new[] { Architecture.MobileNet, Architecture.Vgg16, Architecture.ResNet50, Architecture.ResNet152 })
            yield return (architecture, 224, 1000);
    }

    private static string[] Measure(Architecture architecture, int size, int classes, int rounds)
    {
        var network = ConvNetFactory.Create(architecture, size, size, classes);
        var budget = new OrganizerOptions { MaxMacs = NetworkCost.Of(NetworkLayout.Of(network)).Macs / 2 };
        Rival[] rivals =
        [
            new("organized", () => NetworkPlan.Create(network, new OrganizerOptions(), Decomposition.Off)),
            new("decomposed", () => NetworkPlan.Create(network, new OrganizerOptions(), Decomposition.Auto)),
            new("budget", () => NetworkPlan.Create(network, budget, Decomposition.Auto)),
        ];
        Alternating.WarmUp(rivals);
        var times = Alternating.Measure(rivals, new RoundBudget(TimeSpan.FromMinutes(1), 1, rounds));
        return [$"{architecture}", $"{size}×{size}", .. rivals.Select(rival => Cell(times.Milliseconds(rival.Name)))];
    }

    private static string Cell(Spread times) => $"{Report.Milliseconds(times.Median)} ({Report.Milliseconds(times.Least)} to {Report.Milliseconds(times.Greatest)})";
}
