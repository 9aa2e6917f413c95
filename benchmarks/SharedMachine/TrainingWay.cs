namespace Rf3d.Benchmarks;

/// <summary>One of the ways to train beside other processes.</summary>
/// <param name="Name">In the report.</param>
/// <param name="Adapts">Whether the number of threads follows the cores that are free.</param>
/// <param name="Variable">An environment variable of the process; null for none.</param>
/// <param name="Value">Its value.</param>
internal sealed record TrainingWay(string Name, bool Adapts, string? Variable = null, string? Value = null)
{
    public const string Default = "default";

    public static readonly IReadOnlyList<TrainingWay> All =
    [
        new("fixed threads", Adapts: false),
        new(Default, Adapts: true),
        new("GOMP_SPINCOUNT=10000", Adapts: false, "GOMP_SPINCOUNT", "10000"),
        new("OMP_WAIT_POLICY=PASSIVE", Adapts: false, "OMP_WAIT_POLICY", "PASSIVE"),
        new("one thread", Adapts: false, "OMP_NUM_THREADS", "1"),
    ];
}
