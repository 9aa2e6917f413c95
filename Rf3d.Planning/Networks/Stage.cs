using System.Collections.Immutable;

namespace Rf3d.Planning;

/// <summary>
/// Consecutive units whose input tensors share one spatial size (footnote 1 of the paper): a stride in the first unit or the pooling at the
/// end starts the next one.
/// </summary>
public sealed record Stage
{
    private readonly ImmutableArray<Block> _blocks = [];

    /// <summary>The units, in the order in which data flows. At least one.</summary>
    /// <exception cref="ArgumentException">No unit.</exception>
    public required ImmutableArray<Block> Blocks
    {
        get => _blocks;
        init => _blocks = value.IsDefaultOrEmpty || value.Contains(null!) ? throw new ArgumentException("A stage needs at least one unit, and none may be null.", nameof(Blocks)) : value;
    }

    /// <summary>Pooling after the last unit; null for none.</summary>
    public Pool? Pool { get; init; }

    /// <summary><paramref name="first"/>, then its copies at stride 1 up to <paramref name="count"/> units.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> below 1, or above <see cref="ConvNet.MaximumStageDepth"/>.</exception>
    public static Stage Repeat(Block first, int count, Pool? pool = null)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, NetworkLimits.StageDepth);
        return new() { Blocks = [first, .. Enumerable.Repeat(first.WithoutStride(), count - 1)], Pool = pool };
    }

    /// <summary>This stage with one more unit: its last one again, at stride 1.</summary>
    internal Stage Grow() => this with { Blocks = Blocks.Add(Blocks[^1].WithoutStride()) };

    /// <summary>This stage without its last unit.</summary>
    internal Stage Shrink() => this with { Blocks = Blocks.RemoveAt(Blocks.Length - 1) };

    /// <summary>Stages are equal when units and pooling are.</summary>
    public bool Equals(Stage? other) => other is not null && Pool == other.Pool && Blocks.SequenceEqual(other.Blocks);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Pool, Blocks.Length, Blocks[0]);
}
