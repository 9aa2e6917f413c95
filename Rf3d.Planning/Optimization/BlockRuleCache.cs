using System.Collections.Immutable;

namespace Rf3d.Planning;

/// <summary>
/// Judges blocks by themselves, on the input of the convolution that they would replace: how many in a row see every channel, and whether they are
/// compact then. Caches its results, since the same convolutions come again and again in a network.
/// </summary>
internal sealed class BlockRuleCache
{
    private readonly Dictionary<(FactorizedBlock Block, int Channels, Size2D Size, Size2D Dilation), BlockVerdict> _verdicts = [];

    public BlockVerdict Judge(FactorizedBlock block, LayerNode node)
    {
        var convolution = (Convolution)node.Layer;
        var key = (block, node.Input.Channels, convolution.Size, convolution.Dilation);
        if (!_verdicts.TryGetValue(key, out var verdict))
            _verdicts[key] = verdict = Verdict(block, convolution, node.Input);
        return verdict;
    }

    private static BlockVerdict Verdict(FactorizedBlock block, Convolution convolution, TensorShape input)
    {
        // With as many filters as channels and without a stride, so that it can be repeated.
        var standard = convolution with { Filters = input.Channels, Stride = 1 };
        var replacement = new Block { Layers = block.Replace(standard) };
        int blocks;
        try
        {
            if (ReplacementRule.BlocksToSeeAll(replacement, input) is not { } number)
                return new(0, $"channels: {ReplacementRule.ChannelsInWords(replacement, input.Channels, input)}");
            blocks = number;
        }
        catch (ShapeException error)
        {
            return new(0, $"channels: a kernel {error.Message}");
        }
        var verdict = ReplacementRule.Check(InARow(replacement.Layers, blocks), InARow([standard], blocks), ReplacementRule.Large(input), ReceptiveFieldClamping.Unclamped);
        return new(blocks, verdict.Holds ? null : verdict.ToString());
    }

    private static Block InARow(ImmutableArray<Layer> layers, int times) =>
        new() { Layers = [.. Enumerable.Repeat(layers, times).SelectMany(block => block)] };
}

/// <param name="Blocks">How many in a row see every channel; 0 if no number does.</param>
/// <param name="Obstacle">The reason against the block; null if there is none.</param>
internal sealed record BlockVerdict(int Blocks, string? Obstacle);
