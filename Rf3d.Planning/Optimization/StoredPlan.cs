using System.Collections.Immutable;

namespace Rf3d.Planning;

/// <summary>
/// A plan as a saved model keeps it: the networks and the changes, with reasons. Costs and fields are not in it: they are measured again. A network is
/// null where it is the one before it.
/// </summary>
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
    public static StoredPlan Of(NetworkPlan plan) => new(
        plan.Original,
        plan.Organized == plan.Original ? null : plan.Organized,
        plan.Optimized == plan.Organized ? null : plan.Optimized,
        plan.FieldOptions,
        plan.Steps,
        plan.Skipped,
        plan.Replacements,
        plan.Rejected);

    /// <exception cref="InvalidOperationException">A network cannot run on its input.</exception>
    public NetworkPlan ToPlan() => NetworkPlan.Restore(this);
}
