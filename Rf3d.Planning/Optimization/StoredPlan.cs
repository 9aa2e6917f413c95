using System.Collections.Immutable;

namespace Rf3d.Planning;

/// <summary>
/// A plan as a saved model keeps it: the networks and the changes, with reasons. Costs and fields are not in it: they are measured again. A network is
/// null where it is the one before it.
/// </summary>
/// <exception cref="FormatException">A part is missing, as in JSON that was changed.</exception>
internal sealed record StoredPlan(
    ConvNet Original,
    ConvNet? Organized,
    ConvNet? Optimized,
    ReceptiveFieldOptions ReceptiveField,
    ImmutableArray<OrganizerStep> Steps,
    ImmutableArray<SkippedMove> Skipped,
    ImmutableArray<LayerReplacement> Replacements,
    ImmutableArray<RejectedReplacement> Rejected)
{
    // JSON that lacks a member gives the constructor its default. In JSON the members are in the order in which they are declared.
    public ConvNet Original { get; init; } = Original ?? throw Lacking("original");

    public ConvNet? Organized { get; init; } = Organized;

    public ConvNet? Optimized { get; init; } = Optimized;

    public ReceptiveFieldOptions ReceptiveField { get; init; } = ReceptiveField ?? throw Lacking("receptiveField");

    public ImmutableArray<OrganizerStep> Steps { get; init; } = Complete(Steps, "steps").All(step => !step.Depths.IsDefault && IsComplete(step.Skipped)) ? Steps : throw Lacking("skipped");

    public ImmutableArray<SkippedMove> Skipped { get; init; } = Complete(Skipped, "skipped");

    public ImmutableArray<LayerReplacement> Replacements { get; init; } = Complete(Replacements, "replacements");

    public ImmutableArray<RejectedReplacement> Rejected { get; init; } = Complete(Rejected, "rejected");

    public static StoredPlan Of(NetworkPlan plan) => new(
        plan.Original,
        plan.Organized == plan.Original ? null : plan.Organized,
        plan.Optimized == plan.Organized ? null : plan.Optimized,
        plan.FieldOptions,
        plan.Steps,
        plan.Skipped,
        plan.Replacements,
        plan.Rejected);

    /// <exception cref="FormatException">A network cannot run on its input or be measured, or the networks do not belong together.</exception>
    public NetworkPlan ToPlan()
    {
        if (new[] { Organized, Optimized }.Any(network => network is not null && network.Stages.Length != Original.Stages.Length))
            throw new FormatException("its networks have different numbers of stages");
        try
        {
            return NetworkPlan.Restore(this);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or NotSupportedException or OverflowException)
        {
            throw new FormatException(error.Message.TrimEnd('.'), error);
        }
    }

    private static ImmutableArray<T> Complete<T>(ImmutableArray<T> parts, string name)
        where T : class => IsComplete(parts) ? parts : throw Lacking(name);

    private static bool IsComplete<T>(ImmutableArray<T> parts)
        where T : class => !parts.IsDefault && !parts.Contains(null!);

    private static FormatException Lacking(string part) => new($"its plan lacks '{part}', or a part of it");
}
