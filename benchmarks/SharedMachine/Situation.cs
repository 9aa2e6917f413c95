namespace Rf3d.Benchmarks;

/// <summary>The processes that a training shares its processors with.</summary>
/// <param name="Name">In the report.</param>
internal sealed record Situation(string Name)
{
    /// <summary>Processes that do nothing but compute.</summary>
    public int Busy { get; init; }

    /// <summary>Trainings at once.</summary>
    public int Trainings { get; init; } = 1;

    /// <summary>The processors' time that the trainings may use, in processors; null for all of it.</summary>
    public double? Quota { get; init; }

    public static readonly IReadOnlyList<Situation> All =
    [
        new("alone"),
        new("one busy process") { Busy = 1 },
        new("two busy processes") { Busy = 2 },
        new("two trainings, each") { Trainings = 2 },
        new("quota of one processor") { Quota = 1 },
    ];
}
