using System.Collections.Immutable;
using static System.FormattableString;

namespace Rf3d.Planning;

/// <summary>
/// One stage of a network with its convolutions replaced by one block, and its result by the Rule of Kernel Replacement: quality for the
/// run of units as it is, with all that is around the replaced kernels; compact for the block by itself, as often in a row as it needs to see
/// every channel.
/// </summary>
internal sealed class StageRewrite
{
    private readonly StageNode _stage;
    private readonly FactorizedBlock _block;
    private readonly ReceptiveFieldClamping _clamping;
    private readonly BlockRuleCache _rules;

    public StageRewrite(ConvNet network, NetworkLayout layout, int stage, int firstBlock, FactorizedBlock block, ReceptiveFieldClamping clamping, BlockRuleCache rules)
    {
        _stage = layout.Stages[stage];
        _block = block;
        _clamping = clamping;
        _rules = rules;
        FirstBlock = firstBlock;
        CostBefore = NetworkCost.Of(layout);
        Network = network with { Stages = network.Stages.SetItem(stage, Rewrite(network.Stages[stage])) };
        Layers = Replaced.Count();
        FieldBefore = Field(_stage.Stage);
        try
        {
            var cost = Network.GetCost();
            FieldAfter = Field(Network.Stages[stage]);
            Cost = cost;
        }
        catch (InvalidOperationException error)
        {
            Obstacle = error.Message.TrimEnd('.');
            return;
        }
        Obstacle = Check(out var reason);
        Reason = reason;
    }

    /// <summary>The network with this stage rewritten.</summary>
    public ConvNet Network { get; }

    public int FirstBlock { get; }

    /// <summary>Number of convolutions replaced.</summary>
    public int Layers { get; }

    public ReceptiveField FieldBefore { get; }

    public ReceptiveField FieldAfter { get; }

    public NetworkCost CostBefore { get; }

    /// <summary>Cost of the rewritten network; null where it cannot run or be measured.</summary>
    public NetworkCost? Cost { get; }

    /// <summary>The reason against the block here; null if it keeps the rule.</summary>
    public string? Obstacle { get; }

    /// <summary>How the rule is kept, in words.</summary>
    public string Reason { get; } = "";

    public bool Saves => Cost!.Parameters < CostBefore.Parameters;

    /// <summary>The block's name; where only 1×1 convolutions are replaced, without its depthwise kernel.</summary>
    public string Name => Replaced.All(layer => layer.Size == 1) ? _block.ChannelName : _block.ToString();

    /// <summary>Number of convolutions in the run that no block can replace: grouped ones, and 1×1 ones with a stride or a border.</summary>
    public int Kept => _stage.Blocks.Skip(FirstBlock).SelectMany(block => block.Block.Layers).OfType<Convolution>()
        .Count(layer => !_block.CanReplace(layer) && !(layer is { Groups: 1 } && layer.Size == 1 && _block.Mixing == ChannelMixing.Pointwise));

    private IEnumerable<Convolution> Replaced => Nodes.Select(node => (Convolution)node.Layer);

    private IEnumerable<LayerNode> Nodes => _stage.Blocks.Skip(FirstBlock).SelectMany(block => block.Layers).Where(node => _block.CanReplace(node.Layer));

    private Stage Rewrite(Stage stage) => stage with
    {
        Blocks =
        [
            .. stage.Blocks.Take(FirstBlock),
            .. stage.Blocks.Skip(FirstBlock).Select(block => block with
            {
                Layers = [.. block.Layers.SelectMany(layer => _block.CanReplace(layer) ? _block.Replace((Convolution)layer) : [layer])],
            }),
        ],
    };

    private ReceptiveField Field(Stage stage)
    {
        var walk = new FieldWalk(_stage.Blocks[FirstBlock].Input, _clamping);
        for (var i = FirstBlock; i < stage.Blocks.Length; i++)
            walk.Pass(stage.Blocks[i], _stage.Name, i);
        return walk.Field;
    }

    private string? Check(out string reason)
    {
        reason = "";
        var most = 0;
        foreach (var node in Nodes)
        {
            var verdict = _rules.Judge(_block, node);
            if (verdict.Obstacle is { } obstacle)
                return obstacle;
            most = Math.Max(most, verdict.Blocks);
        }
        var all = most == 1 ? "each block sees all channels" : Invariant($"{ReplacementRule.InWords(most)} blocks in a row see all channels");
        if (FieldAfter != FieldBefore)
        {
            var blocks = _stage.Blocks.Length - FirstBlock;
            return Invariant($"channels: {FieldAfter.Channels} of {FieldBefore.Channels} after {ReplacementRule.InWords(blocks)} {(blocks == 1 ? "unit" : "units")}; {all}");
        }
        reason = Layers < most ? "the kernels around it bring the channels together" : all;
        return null;
    }
}
