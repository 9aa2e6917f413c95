using System.Collections.Immutable;

namespace Rf3d.MLNet;

/// <summary>Max pooling: the largest value of each window. Windows that reach over the border see only what is inside.</summary>
/// <param name="Size">Window height and width, in pixels.</param>
/// <param name="Stride">Step between windows, in pixels.</param>
/// <param name="Padding">Pixels added on every side; at most half the window.</param>
/// <exception cref="ArgumentOutOfRangeException">A size or stride below 1, or a negative padding.</exception>
public sealed record MaxPool(Size2D Size, Size2D Stride, Size2D Padding = default)
{
    /// <summary>Window height and width, in pixels.</summary>
    public Size2D Size { get; init; } = Size.RequirePositive(nameof(Size));

    /// <summary>Step between windows, in pixels.</summary>
    public Size2D Stride { get; init; } = Stride.RequirePositive(nameof(Stride));

    /// <summary>Pixels added on every side.</summary>
    public Size2D Padding { get; init; } = Padding is { Height: >= 0, Width: >= 0 }
        ? Padding
        : throw new ArgumentOutOfRangeException(nameof(Padding), Padding.ToString(), "Padding must be 0 or above in height and in width.");
}

/// <summary>
/// Consecutive units whose input tensors share one spatial size (footnote 1 of the paper): a stride in the first unit or the pooling at the
/// end starts the next one.
/// </summary>
public sealed record Stage
{
    private readonly ImmutableArray<Block> _units = [];

    /// <summary>The units, in the order in which data flows. At least one.</summary>
    /// <exception cref="ArgumentException">No unit.</exception>
    public required ImmutableArray<Block> Units
    {
        get => _units;
        init => _units = value.IsDefaultOrEmpty || value.Contains(null!) ? throw new ArgumentException("A stage needs at least one unit, and none may be null.", nameof(Units)) : value;
    }

    /// <summary>Pooling after the last unit; null for none.</summary>
    public MaxPool? Pool { get; init; }

    /// <summary><paramref name="first"/>, then its copies at stride 1 up to <paramref name="count"/> units.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> below 1.</exception>
    public static Stage Repeat(Block first, int count, MaxPool? pool = null)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return new() { Units = [first, .. Enumerable.Repeat(first.WithoutStride(), count - 1)], Pool = pool };
    }

    /// <summary>This stage with one more unit: its last one again, at stride 1.</summary>
    internal Stage Grow() => this with { Units = Units.Add(Units[^1].WithoutStride()) };

    /// <summary>This stage without its last unit.</summary>
    internal Stage Shrink() => this with { Units = Units.RemoveAt(Units.Length - 1) };

    /// <summary>Stages are equal when units and pooling are.</summary>
    public bool Equals(Stage? other) => other is not null && Pool == other.Pool && Units.SequenceEqual(other.Units);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Pool, Units.Length, Units[0]);
}
