using System.Collections.Immutable;
using System.Globalization;
using static System.FormattableString;

namespace Rf3d.Planning;

/// <summary>
/// The kernel-level decomposer of section 4.2: rewrites the convolutions of a network, stage by stage, as blocks of cheap kernels that keep the
/// Rule of Kernel Replacement.
/// </summary>
internal sealed class KernelDecomposer
{
    private readonly Decomposition _settings;
    private readonly ReceptiveFieldClamping _clamping;
    private readonly BlockRuleCache _rules;
    private readonly ImmutableArray<LayerReplacement>.Builder _replacements = ImmutableArray.CreateBuilder<LayerReplacement>();
    private readonly ImmutableArray<RejectedReplacement>.Builder _rejected = ImmutableArray.CreateBuilder<RejectedReplacement>();
    private ConvNet _network;

    private KernelDecomposer(ConvNet network, Decomposition settings, ReceptiveFieldClamping clamping, BlockRuleCache rules)
    {
        _rules = rules;
        _network = network;
        _settings = settings;
        _clamping = clamping;
    }

    /// <returns>The network, the replacements, and the rejected ones.</returns>
    /// <exception cref="InvalidOperationException">The chosen block breaks the rule where that is an error, or the result is above a budget.</exception>
    public static (ConvNet Network, ImmutableArray<LayerReplacement> Replacements, ImmutableArray<RejectedReplacement> Rejected) Decompose(
        ConvNet network, Decomposition settings, ReceptiveFieldClamping clamping, BlockRuleCache rules)
    {
        var decomposer = new KernelDecomposer(network, settings, clamping, rules);
        for (var stage = 0; stage < network.Stages.Length && !settings.IsOff; stage++)
            decomposer.Rewrite(stage);
        var budget = new Budget(settings.MaxMacs, settings.MaxParameters);
        if (budget.IsSet && budget.Excess(decomposer._network.GetCost()) is { } excess)
        {
            throw new InvalidOperationException(
                $"'{network.Name}' with the decomposition {settings} is above the budget: {excess}. "
                + "Raise the budget, or MaxGroups of the automatic decomposition; lower the width multiplier or the image size, or choose a smaller architecture.");
        }
        return (decomposer._network, decomposer._replacements.ToImmutable(), decomposer._rejected.ToImmutable());
    }

    private void Rewrite(int stage)
    {
        var layout = NetworkLayout.Of(_network);
        // The convolution that sees the image stays. Without a stem it is in the first unit, and the layers after it are measured from there on.
        var first = stage == 0 && _network.Stem is null ? 1 : 0;
        var blocks = layout.Stages[stage].Blocks;
        var options = (_settings.IsAuto ? Candidates() : [_settings.Block!])
            .Where(block => blocks.Skip(first).Any(unit => unit.Block.Layers.Any(block.CanReplace)))
            .Select(block => new StageRewrite(_network, layout, stage, first, block, _clamping, _rules))
            .ToList();
        if (options.Count == 0)
        {
            Reject(stage, _settings.ToString(), blocks.Length == first ? "the stage's only unit sees the image" : "there is no convolution here that it could replace");
            return;
        }
        if (_settings.IsAuto)
            Apply(stage, Cheapest(stage, options));
        else
            Apply(stage, Chosen(stage, options[0], layout, first));
    }

    /// <summary>In the order in which equals are preferred: RPW does better than GPW in the paper's Table 6, most so at half overlap.</summary>
    private IEnumerable<FactorizedBlock> Candidates()
    {
        for (var groups = _settings.MaxGroups; groups >= 2; groups /= 2)
        {
            yield return new(ChannelMixing.Rolling, groups, 0.5);
            yield return new(ChannelMixing.ShuffledGrouped, groups);
        }
        yield return FactorizedBlock.DepthwisePointwise;
    }

    private StageRewrite? Cheapest(int stage, List<StageRewrite> options)
    {
        foreach (var option in options.Where(option => option.Obstacle is null).OrderBy(option => option.Cost!.Parameters).ThenBy(option => option.Cost!.Macs))
        {
            if (option.Saves)
            {
                // Options that were cheaper and broke the rule are worth reporting.
                foreach (var other in options.Where(other => other.Obstacle is not null))
                    Reject(stage, other.Name, other.Obstacle!);
                return option;
            }
        }
        foreach (var option in options)
            Reject(stage, option.Name, option.Obstacle ?? "it saves no parameters");
        return null;
    }

    private StageRewrite? Chosen(int stage, StageRewrite option, NetworkLayout layout, int first)
    {
        if (option.Obstacle is not { } obstacle)
        {
            if (option.Saves || _settings.Rule != ReplacementRuleMode.Preferred)
                return option;
            obstacle = "it saves no parameters";
        }
        if (_settings.Rule == ReplacementRuleMode.Required || (_settings.Rule == ReplacementRuleMode.Ignored && option.Cost is null))
        {
            throw new InvalidOperationException(
                $"{option.Name} cannot replace the convolutions of stage {stage + 1} of '{_network.Name}' ({Depths()} units): {obstacle}. "
                + $"Use Decomposition.Auto, or set the decomposition's Rule to Preferred (DW+PW where the block is not possible){(option.Cost is null ? "" : " or Ignored")}.");
        }
        if (_settings.Rule == ReplacementRuleMode.Ignored)
            return option;
        Reject(stage, option.Name, obstacle);
        var fallback = new StageRewrite(_network, layout, stage, first, FactorizedBlock.DepthwisePointwise, _clamping, _rules);
        return fallback is { Layers: > 0, Obstacle: null, Saves: true } ? fallback : null;
    }

    private void Apply(int stage, StageRewrite? rewrite)
    {
        if (rewrite is null)
            return;
        _network = rewrite.Network;
        _replacements.Add(new()
        {
            Stage = stage + 1,
            FirstBlock = rewrite.FirstBlock + 1,
            LastBlock = _network.Stages[stage].Blocks.Length,
            Layers = rewrite.Layers,
            Block = rewrite.Name,
            FieldBefore = rewrite.FieldBefore,
            FieldAfter = rewrite.FieldAfter,
            ParametersBefore = rewrite.CostBefore.Parameters,
            ParametersAfter = rewrite.Cost!.Parameters,
            MacsBefore = rewrite.CostBefore.Macs,
            MacsAfter = rewrite.Cost.Macs,
            Reason = rewrite.Obstacle is { } obstacle ? $"the rule is broken: {obstacle}" : rewrite.Reason,
        });
        if (rewrite.Kept > 0)
            Reject(stage, rewrite.Name, Invariant($"{(rewrite.Kept == 1 ? "1 convolution stays as it is" : $"{rewrite.Kept} convolutions stay as they are")}: grouped, or 1x1 with a stride or a border"));
    }

    private void Reject(int stage, string block, string reason) => _rejected.Add(new() { Stage = stage + 1, Block = block, Reason = reason });

    private string Depths() => $"[{string.Join(", ", _network.GetStageDepths().Select(depth => depth.ToString(CultureInfo.InvariantCulture)))}]";
}
