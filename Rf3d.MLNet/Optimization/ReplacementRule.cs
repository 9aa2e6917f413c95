using System.Collections.Immutable;
using System.Globalization;

namespace Rf3d.MLNet;

/// <summary>What the Rule of Kernel Replacement says of a block, with the reasons in words.</summary>
/// <param name="Quality">Whether the block sees just as much of the input as the standard kernels: the same height, width and channels.</param>
/// <param name="QualityReason">Why, or why not.</param>
/// <param name="Compact">Whether taking away any one of its kernels would make it see less than the standard kernels do.</param>
/// <param name="CompactReason">Why, or why not.</param>
public sealed record ReplacementVerdict(bool Quality, string QualityReason, bool Compact, string CompactReason)
{
    /// <summary>Whether the block may stand in for the standard kernels: both conditions.</summary>
    public bool Holds => Quality && Compact;

    /// <summary>Both conditions in one line.</summary>
    public override string ToString() => $"quality {(Quality ? "holds" : "fails")} ({QualityReason}); compact {(Compact ? "holds" : "fails")} ({CompactReason})";
}

/// <summary>
/// The Rule of Kernel Replacement (section 4.2): a block N may replace standard kernels S if, on the same input, 3DRF(N) = 3DRF(S) (quality), and
/// 3DRF(N − x) &lt; 3DRF(S) for every factorized kernel x of N (compact). Channel shuffles, which cost nothing, are not taken away.
/// </summary>
public static class ReplacementRule
{
    // Beyond so many blocks in a row, "never" is the useful answer.
    private const int MostBlocks = 32;

    /// <summary>Checks a block against a run of standard kernels.</summary>
    /// <param name="block">The block's kernels, in the order in which data flows.</param>
    /// <param name="standard">The kernels that it is to replace.</param>
    /// <param name="input">The tensor that enters both.</param>
    /// <param name="saturation">
    /// Whether fields stop at <paramref name="input"/> (default, as in Eq. 5). Where they do, small inputs make kernels superfluous: on one pixel
    /// no depthwise convolution adds anything.
    /// </param>
    /// <exception cref="ArgumentException">No kernels, or kernels that cannot run on <paramref name="input"/>.</exception>
    public static ReplacementVerdict Check(
        IEnumerable<Kernel> block, IEnumerable<Kernel> standard, TensorShape input, Saturation saturation = Saturation.Clamped)
    {
        ImmutableArray<Kernel> replacement = Checked(block, nameof(block)), original = Checked(standard, nameof(standard));
        ReceptiveField field, target;
        try
        {
            (field, target) = (Field(replacement, input, saturation), Field(original, input, saturation));
        }
        catch (ShapeException error)
        {
            throw new ArgumentException($"A kernel {error.Message}.", nameof(block), error);
        }
        var quality = QualityReason(replacement, field, target, input, saturation);
        var superfluous = Superfluous(replacement, target, input, saturation);
        return new(
            field == target,
            quality,
            superfluous is null,
            superfluous is { } index
                ? Words($"without kernel {index + 1}, the {KernelName.Of(replacement[index])}, it would see as much")
                : "every kernel is needed");
    }

    /// <summary>
    /// The least number of blocks in a row that see every channel of their input; null if no number does. The block must keep the number of channels.
    /// </summary>
    internal static int? BlocksToSeeAll(ImmutableArray<Kernel> block, TensorShape input)
    {
        var walk = new FieldWalk(input, Saturation.Unclamped);
        var before = 0L;
        for (var blocks = 1; blocks <= MostBlocks; blocks++)
        {
            foreach (var kernel in block)
                walk.Pass(kernel);
            if (walk.Field.Channels == input.Channels)
                return blocks;
            if (walk.Field.Channels == before)
                return null;
            before = walk.Field.Channels;
        }
        return null;
    }

    internal static string InWords(int count) => count is > 0 and <= 10
        ? new[] { "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten" }[count - 1]
        : count.ToString(CultureInfo.InvariantCulture);

    private static string QualityReason(ImmutableArray<Kernel> block, ReceptiveField field, ReceptiveField target, TensorShape input, Saturation saturation)
    {
        if (field == target)
            return $"3DRF {field}, the same";
        var reasons = new List<string>();
        if (field.Channels != target.Channels)
            reasons.Add(Words($"channels: {field.Channels} of {target.Channels} after one block{More(block, field, target, input, saturation)}"));
        if ((field.Height, field.Width) != (target.Height, target.Width))
            reasons.Add(Words($"height and width: {field.Height}x{field.Width} instead of {target.Height}x{target.Width}"));
        return string.Join(", and ", reasons);
    }

    /// <summary>What more of the same blocks would see.</summary>
    private static string More(ImmutableArray<Kernel> block, ReceptiveField field, ReceptiveField target, TensorShape input, Saturation saturation)
    {
        var kernels = block;
        var channels = field.Channels;
        for (var blocks = 2; blocks <= MostBlocks; blocks++)
        {
            kernels = kernels.AddRange(block);
            long next;
            try
            {
                next = Field(kernels, input, saturation).Channels;
            }
            catch (ShapeException)
            {
                return "";
            }
            if (next >= target.Channels)
                return Words($"; {next} after {InWords(blocks)}");
            if (next <= channels)
                break;
            channels = next;
        }
        return Words($"; never more than {channels}");
    }

    /// <summary>The first kernel without which the block would see as much as the standard kernels; null if there is none.</summary>
    private static int? Superfluous(ImmutableArray<Kernel> block, ReceptiveField target, TensorShape input, Saturation saturation)
    {
        for (var i = 0; i < block.Length; i++)
        {
            if (block[i] is ChannelShuffle)
                continue;
            try
            {
                if (Field(block.RemoveAt(i), input, saturation).Volume >= target.Volume)
                    return i;
            }
            catch (ShapeException)
            {
                // The others cannot run without it, so it is needed.
            }
        }
        return null;
    }

    private static ReceptiveField Field(ImmutableArray<Kernel> kernels, TensorShape input, Saturation saturation)
    {
        var walk = new FieldWalk(input, saturation);
        foreach (var kernel in kernels)
            walk.Pass(kernel);
        return walk.Field;
    }

    private static ImmutableArray<Kernel> Checked(IEnumerable<Kernel> kernels, string name)
    {
        ArgumentNullException.ThrowIfNull(kernels, name);
        ImmutableArray<Kernel> result = [.. kernels];
        return result.IsEmpty || result.Contains(null!) ? throw new ArgumentException("At least one kernel is needed, and none may be null.", name) : result;
    }

    private static string Words(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
