using System.Collections.Immutable;
using System.Globalization;
using static System.FormattableString;

namespace Rf3d.Planning;

/// <summary>The result of checking a block with the Rule of Kernel Replacement, with reasons.</summary>
public sealed record ReplacementVerdict
{
    /// <summary>Whether the receptive field of the block has the height, width and channels of that of the standard kernels, and its output has the same shape.</summary>
    public required bool Quality { get; init; }

    /// <summary>The reason.</summary>
    public required string QualityReason { get; init; }

    /// <summary>Whether the receptive field would be smaller than that of the standard kernels without any one of its kernels.</summary>
    public required bool Compact { get; init; }

    /// <summary>The reason.</summary>
    public required string CompactReason { get; init; }

    /// <summary>Whether the block may replace the standard kernels: both conditions hold.</summary>
    public bool Holds => Quality && Compact;

    /// <summary>Both conditions in one line.</summary>
    public override string ToString() => $"quality {(Quality ? "holds" : "fails")} ({QualityReason}); compact {(Compact ? "holds" : "fails")} ({CompactReason})";
}

/// <summary>
/// The Rule of Kernel Replacement (section 4.2): a block N may replace standard kernels S if, on the same input, 3DRF(N) = 3DRF(S) (quality), and 3DRF(N − x) &lt;
/// 3DRF(S) for every factorized kernel x of N (compact). Channel shuffles cost nothing and are not removed.
/// </summary>
public static class ReplacementRule
{
    // How many of a block in a row are tried to see how far it would get.
    private const int MostBlocks = 32;

    /// <summary>Checks kernels in a row against a run of standard kernels.</summary>
    /// <param name="block">The block's kernels, in the order in which data flows.</param>
    /// <param name="standard">The kernels that it is to replace.</param>
    /// <param name="input">The tensor that enters both.</param>
    /// <param name="clamping">
    /// Whether fields are limited to <paramref name="input"/> (default, as in Eq. 5). If they are, small inputs make kernels redundant: on one pixel a depthwise
    /// convolution adds nothing.
    /// </param>
    /// <exception cref="ArgumentException">No kernels, an empty input, or kernels that cannot run on it.</exception>
    public static ReplacementVerdict Check(
        IEnumerable<Layer> block, IEnumerable<Layer> standard, TensorShape input, ReceptiveFieldClamping clamping = ReceptiveFieldClamping.Clamped) =>
        Check(InARow(block, nameof(block)), InARow(standard, nameof(standard)), input, clamping);

    /// <summary>Checks a block against another, with their residual connections.</summary>
    /// <param name="block">The block that is to replace <paramref name="standard"/>.</param>
    /// <param name="standard">A block of standard kernels.</param>
    /// <param name="input">The tensor that enters both.</param>
    /// <param name="clamping">Whether fields are limited to <paramref name="input"/>. Default: they are.</param>
    /// <exception cref="ArgumentException">An empty input, or a block that cannot run on it.</exception>
    public static ReplacementVerdict Check(Block block, Block standard, TensorShape input, ReceptiveFieldClamping clamping = ReceptiveFieldClamping.Clamped)
    {
        ArgumentNullException.ThrowIfNull(block);
        ArgumentNullException.ThrowIfNull(standard);
        if (input.Channels < 1 || input.Height < 1 || input.Width < 1)
            throw new ArgumentException($"The input {input} must have at least one channel, row and column.", nameof(input));
        if (!Enum.IsDefined(clamping))
            throw new ArgumentOutOfRangeException(nameof(clamping), clamping, "Possible: Clamped, Unclamped.");
        var walk = Walk(block, input, clamping, nameof(block));
        var target = Walk(standard, input, clamping, nameof(standard));
        var superfluous = Superfluous(block, target.Field, input, clamping);
        return new()
        {
            Quality = walk.Field == target.Field && walk.Shape == target.Shape,
            QualityReason = QualityReason(block, walk, target, input),
            Compact = superfluous is null,
            CompactReason = superfluous is { } index
                ? Invariant($"without kernel {index + 1}, the {LayerName.Of(block.Layers[index])}, it would see as much")
                : "every kernel is needed",
        };
    }

    /// <summary>The least number of blocks in a row that see every channel of their input; null if no number that is tried does.</summary>
    /// <exception cref="ShapeException">The block cannot run on its own output, or has too many channels to follow.</exception>
    internal static int? BlocksToSeeAll(Block block, TensorShape input)
    {
        var walk = new FieldWalk(Large(input), ReceptiveFieldClamping.Unclamped);
        for (var blocks = 1; blocks <= MostBlocks; blocks++)
        {
            var before = walk.Reach;
            walk.Pass(block);
            if (walk.Reach.Least == input.Channels)
                return blocks;
            if (walk.Reach.SameAs(before))
                return null;
        }
        return null;
    }

    internal static string InWords(int count) => count is > 0 and <= 10
        ? new[] { "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten" }[count - 1]
        : count.ToString(CultureInfo.InvariantCulture);

    /// <summary>How far a block gets: "32 of 64 after one block; 64 after two".</summary>
    internal static string ChannelsInWords(Block block, long channels, TensorShape input)
    {
        var walk = new FieldWalk(Large(input), ReceptiveFieldClamping.Unclamped);
        walk.Pass(block);
        var first = walk.Reach.Least;
        return Invariant($"{first} of {channels} after one block{More()}");

        string More()
        {
            for (var blocks = 2; blocks <= MostBlocks; blocks++)
            {
                var before = walk.Reach;
                try
                {
                    walk.Pass(block);
                }
                catch (ShapeException)
                {
                    return "";
                }
                if (walk.Reach.Least >= channels)
                    return Invariant($"; {walk.Reach.Least} after {InWords(blocks)}");
                if (walk.Reach.SameAs(before))
                    return Invariant($"; never more than {walk.Reach.Least}");
            }
            return Invariant($"; {walk.Reach.Least} after {MostBlocks}");
        }
    }

    private static string QualityReason(Block block, FieldWalk walk, FieldWalk target, TensorShape input)
    {
        var (field, wanted) = (walk.Field, target.Field);
        var reasons = new List<string>();
        if (field.Channels != wanted.Channels)
            reasons.Add($"channels: {ChannelsInWords(block, wanted.Channels, input)}");
        if ((field.Height, field.Width) != (wanted.Height, wanted.Width))
            reasons.Add(Invariant($"height and width: {field.Height}x{field.Width} instead of {wanted.Height}x{wanted.Width}"));
        if (walk.Shape != target.Shape)
            reasons.Add($"it makes {walk.Shape} of {input}, the standard kernels {target.Shape}");
        return reasons.Count == 0 ? $"3DRF {field}, the same" : string.Join(", and ", reasons);
    }

    // A tensor of the same channels on which any number of blocks fits, also of those that make it smaller.
    internal static TensorShape Large(TensorShape input) => input with { Height = 1 << 24, Width = 1 << 24 };

    /// <summary>The first kernel without which the block would see as much as the standard kernels; null if there is none.</summary>
    private static int? Superfluous(Block block, ReceptiveField target, TensorShape input, ReceptiveFieldClamping clamping)
    {
        for (var i = 0; i < block.Layers.Length; i++)
        {
            if (block.Layers[i] is ChannelShuffle || block.Layers.Length == 1)
                continue;
            try
            {
                var rest = new FieldWalk(input, clamping);
                rest.Pass(block with { Layers = block.Layers.RemoveAt(i) });
                if (rest.Field.Volume >= target.Volume)
                    return i;
            }
            catch (ShapeException)
            {
                // The others cannot run without it, so it is needed.
            }
        }
        return null;
    }

    private static FieldWalk Walk(Block block, TensorShape input, ReceptiveFieldClamping clamping, string parameter)
    {
        var walk = new FieldWalk(input, clamping);
        try
        {
            walk.Pass(block);
        }
        catch (ShapeException error)
        {
            throw new ArgumentException($"A kernel {error.Message}.", parameter, error);
        }
        return walk;
    }

    private static Block InARow(IEnumerable<Layer> layers, string parameter)
    {
        ArgumentNullException.ThrowIfNull(layers, parameter);
        ImmutableArray<Layer> list = layers is ImmutableArray<Layer> { IsDefault: true } ? [] : [.. layers];
        return list.IsEmpty || list.Contains(null!)
            ? throw new ArgumentException("At least one kernel is needed, and none may be null.", parameter)
            : new Block { Layers = list };
    }
}
