using System.Collections.Immutable;

namespace Rf3d.Planning;

/// <summary>A network between two steps of the organizer, with all that a decision needs.</summary>
internal sealed class OrganizerState
{
    private readonly OrganizerOptions _options;
    private readonly Func<ConvNet, NetworkCost>? _budgetedCost;
    private readonly NetworkLayout _layout;

    /// <param name="network">The network.</param>
    /// <param name="options">How gains are measured.</param>
    /// <param name="budgetedCost">The cost that budgets count, where it is not the network's own.</param>
    public OrganizerState(ConvNet network, OrganizerOptions options, Func<ConvNet, NetworkCost>? budgetedCost)
    {
        _options = options;
        _budgetedCost = budgetedCost;
        _layout = NetworkLayout.Of(network);
        Network = network;
        Cost = NetworkCost.Of(_layout);
        BudgetedCost = budgetedCost is null ? Cost : budgetedCost(network);
    }

    public ConvNet Network { get; }

    public NetworkCost Cost { get; }

    public NetworkCost BudgetedCost { get; }

    /// <summary>Stages that can spare their last unit, the least gain first, the later stage first among equals.</summary>
    public IEnumerable<(int Stage, double Gain)> Sources =>
        from stage in Enumerable.Range(0, _layout.Stages.Length)
        where Network.Stages[stage].Blocks.Length > 1
        let gain = LastGain(stage, Network.Stages[stage])
        orderby gain, stage descending
        select (stage, gain);

    /// <summary>The gain of one more unit at the end of every stage except <paramref name="source"/>, the most first, the later stage first among equals.</summary>
    public IEnumerable<(int Stage, double Gain)> TargetsFor(int source) =>
        from stage in Enumerable.Range(0, _layout.Stages.Length)
        where stage != source
        let gain = LastGain(stage, Network.Stages[stage].Grow())
        orderby gain descending, stage descending
        select (stage, gain);

    public OrganizerState Move(int source, int target) =>
        With(Network.Stages.SetItem(source, Network.Stages[source].Shrink()).SetItem(target, Network.Stages[target].Grow()));

    public OrganizerState Remove(int source) => With(Network.Stages.SetItem(source, Network.Stages[source].Shrink()));

    private OrganizerState With(ImmutableArray<Stage> stages) => new(Network with { Stages = stages }, _options, _budgetedCost);

    private double LastGain(int stage, Stage blocks) =>
        StageReceptiveField.Of(blocks, _layout.Stages[stage].Input, _options.ReceptiveField, _layout.Stages[stage].Name).Blocks[^1].Gain!.Value;
}
