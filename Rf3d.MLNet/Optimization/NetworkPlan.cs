using System.Collections.Immutable;

namespace Rf3d.MLNet;

/// <summary>
/// A network before and after optimization, and every step between: what <c>Fit</c> trains, and why. Made without training, in milliseconds.
/// </summary>
public sealed record NetworkPlan
{
    private NetworkPlan(ConvNet original, ConvNet optimized, ReceptiveFieldOptions fieldOptions)
    {
        Original = original;
        Optimized = optimized;
        var (before, after) = (NetworkLayout.Of(original), NetworkLayout.Of(optimized));
        OriginalCost = NetworkCost.Of(before);
        OptimizedCost = NetworkCost.Of(after);
        OriginalField = NetworkReceptiveField.Of(before, fieldOptions);
        OptimizedField = NetworkReceptiveField.Of(after, fieldOptions);
    }

    /// <summary>The network that the plan started from.</summary>
    public ConvNet Original { get; }

    /// <summary>The network that is trained.</summary>
    public ConvNet Optimized { get; }

    /// <summary>Parameters and MACs of <see cref="Original"/>.</summary>
    public NetworkCost OriginalCost { get; }

    /// <summary>Parameters and MACs of <see cref="Optimized"/>.</summary>
    public NetworkCost OptimizedCost { get; }

    /// <summary>3DRF and gains of <see cref="Original"/>.</summary>
    public NetworkReceptiveField OriginalField { get; }

    /// <summary>3DRF and gains of <see cref="Optimized"/>.</summary>
    public NetworkReceptiveField OptimizedField { get; }

    /// <summary>What the organizer did, in order. Empty when it was off or found nothing to improve.</summary>
    public ImmutableArray<OrganizerStep> Steps { get; private init; } = [];

    /// <summary>Moves that would have raised the gain in the end, had a budget not forbidden them.</summary>
    public ImmutableArray<PassedOverMove> PassedOver { get; private init; } = [];

    /// <summary>Plans a network.</summary>
    /// <param name="network">Where to start.</param>
    /// <param name="organizer">Settings of the organizer; null leaves the stages as they are.</param>
    /// <exception cref="InvalidOperationException">The network cannot run on its input, or no arrangement of its units meets the budgets.</exception>
    public static NetworkPlan Create(ConvNet network, OrganizerOptions? organizer)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (organizer is null)
            return new(network, network, new());
        var (optimized, steps, passedOver) = StageOrganizer.Organize(network, organizer);
        return new(network, optimized, organizer.ReceptiveField) { Steps = steps, PassedOver = passedOver };
    }

    /// <summary>
    /// The plan as JSON: <c>architecture</c>, <c>original</c> and <c>optimized</c> (each <c>stages</c>, <c>parameters</c>, <c>macs</c>,
    /// <c>totalGain</c>), <c>steps</c> and <c>passedOver</c>.
    /// </summary>
    public string ToJson() => NetworkPlanText.Json(this);

    /// <summary>The plan as a table for people: stages before and after, then the steps.</summary>
    public override string ToString() => NetworkPlanText.Table(this);
}
