using System.Collections.Immutable;

namespace Rf3d.Planning;

/// <summary>
/// A network before and after optimization, with every step between. <c>Fit</c> trains the optimized network. A plan takes milliseconds; with a budget, a deep network
/// and a decomposition it takes tenths of a second.
/// </summary>
public sealed record NetworkPlan
{
    private NetworkPlan(ConvNet original, ConvNet organized, ConvNet optimized, ReceptiveFieldOptions fieldOptions)
    {
        Original = original;
        Organized = organized;
        Optimized = optimized;
        FieldOptions = fieldOptions;
        (OriginalCost, OriginalField) = Measure(original);
        (OrganizedCost, OrganizedField) = organized == original ? (OriginalCost, OriginalField) : Measure(organized);
        (OptimizedCost, OptimizedField) = optimized == organized ? (OrganizedCost, OrganizedField) : Measure(optimized);

        (NetworkCost, NetworkReceptiveField) Measure(ConvNet network)
        {
            var layout = NetworkLayout.Of(network);
            return (NetworkCost.Of(layout), NetworkReceptiveField.Of(layout, fieldOptions));
        }
    }

    /// <summary>The network that the plan started from.</summary>
    public ConvNet Original { get; }

    /// <summary>The network after the organizer and before the decomposer. Equal to <see cref="Optimized"/> if no kernel was replaced.</summary>
    public ConvNet Organized { get; }

    /// <summary>The network that is trained.</summary>
    public ConvNet Optimized { get; }

    /// <summary>Parameters and MACs of <see cref="Original"/>.</summary>
    public NetworkCost OriginalCost { get; }

    /// <summary>Parameters and MACs of <see cref="Organized"/>.</summary>
    public NetworkCost OrganizedCost { get; }

    /// <summary>Parameters and MACs of <see cref="Optimized"/>.</summary>
    public NetworkCost OptimizedCost { get; }

    /// <summary>3DRF and gains of <see cref="Original"/>.</summary>
    public NetworkReceptiveField OriginalField { get; }

    /// <summary>3DRF and gains of <see cref="Organized"/>, to compare with those of the original.</summary>
    public NetworkReceptiveField OrganizedField { get; }

    /// <summary>
    /// 3DRF and gains of <see cref="Optimized"/>. Its gains cannot be compared with those of other kernels: a stage whose first block sees a part of the channels has a
    /// larger gain to the same field.
    /// </summary>
    public NetworkReceptiveField OptimizedField { get; }

    /// <summary>How the gains were measured.</summary>
    internal ReceptiveFieldOptions FieldOptions { get; }

    /// <summary>The steps of the organizer, in order. Empty if it was off or found no improvement.</summary>
    public ImmutableArray<OrganizerStep> Steps { get; private init; } = [];

    /// <summary>Moves that would have increased the final gain and exceed a budget.</summary>
    public ImmutableArray<SkippedMove> Skipped { get; private init; } = [];

    /// <summary>The replacements of the decomposer, by stage. Empty if it was off.</summary>
    public ImmutableArray<LayerReplacement> Replacements { get; private init; } = [];

    /// <summary>The replacements that the decomposer rejected, with the reasons.</summary>
    public ImmutableArray<RejectedReplacement> Rejected { get; private init; } = [];

    /// <summary>Plans a network: units first, then kernels.</summary>
    /// <param name="network">The network to start from.</param>
    /// <param name="organizer">Settings of the organizer. <see cref="OrganizerOptions.Off"/> leaves the stages unchanged.</param>
    /// <param name="decomposition">The blocks that replace convolutions; null is <see cref="Decomposition.Off"/>.</param>
    /// <exception cref="InvalidOperationException">The network cannot run on its input.</exception>
    /// <exception cref="InvalidOperationException">No arrangement of its units meets the budgets.</exception>
    /// <exception cref="InvalidOperationException">The chosen block breaks the Rule of Kernel Replacement.</exception>
    public static NetworkPlan Create(ConvNet network, OrganizerOptions organizer, Decomposition? decomposition = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(organizer);
        decomposition ??= Decomposition.Off;
        if (!Enum.IsDefined(decomposition.Rule))
            throw new ArgumentOutOfRangeException(nameof(decomposition), decomposition.Rule, "The decomposition's Rule must be Required, Preferred or Ignored.");
        var (fields, rules) = (organizer.ReceptiveField, new BlockRuleCache());
        // One budget for the network that is trained, from whichever options. The decomposer checks it where the organizer is off.
        var (macs, parameters) = (Least(organizer.MaxMacs, decomposition.MaxMacs), Least(organizer.MaxParameters, decomposition.MaxParameters));
        organizer = organizer with { MaxMacs = macs, MaxParameters = parameters };
        decomposition = decomposition with { MaxMacs = macs, MaxParameters = parameters };
        var (organized, steps, skipped) = organizer.IsOff
            ? (network, [], [])
            : StageOrganizer.Organize(network, organizer, decomposition.IsOff ? null : DecomposedCost);
        var (optimized, replacements, rejected) = KernelDecomposer.Decompose(organized, decomposition, fields.Clamping, rules);
        return new(network, organized, optimized, fields) { Steps = steps, Skipped = skipped, Replacements = replacements, Rejected = rejected };

        static long? Least(long? one, long? other) => one is null || other < one ? other : one;

        NetworkCost DecomposedCost(ConvNet candidate)
        {
            // On the way to its arrangement the organizer passes others, in which the block may break the rule and budgets may not be met.
            var rule = decomposition.Rule == ReplacementRuleMode.Required ? ReplacementRuleMode.Preferred : decomposition.Rule;
            var lenient = decomposition with { Rule = rule, MaxMacs = null, MaxParameters = null };
            return KernelDecomposer.Decompose(candidate, lenient, fields.Clamping, rules).Network.GetCost();
        }
    }

    /// <summary>The plan of a saved model, measured again.</summary>
    /// <exception cref="InvalidOperationException">A network cannot run on its input.</exception>
    internal static NetworkPlan Restore(StoredPlan stored)
    {
        var organized = stored.Organized ?? stored.Original;
        return new(stored.Original, organized, stored.Optimized ?? organized, stored.ReceptiveField)
        {
            Steps = stored.Steps,
            Skipped = stored.Skipped,
            Replacements = stored.Replacements,
            Rejected = stored.Rejected,
        };
    }

    /// <summary>
    /// The plan as JSON: <c>architecture</c>, <c>original</c>, <c>organized</c> and <c>optimized</c> (each <c>stages</c>, <c>parameters</c>, <c>macs</c>,
    /// <c>totalGain</c>), <c>steps</c>, <c>skipped</c>, <c>replacements</c> and <c>rejected</c>.
    /// </summary>
    public string ToJson() => NetworkPlanText.Json(this);

    /// <summary>The plan as a table: stages before and after, then the steps.</summary>
    public override string ToString() => NetworkPlanText.Table(this);
}
