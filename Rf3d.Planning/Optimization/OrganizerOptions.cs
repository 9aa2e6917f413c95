namespace Rf3d.Planning;

/// <summary>Settings of the stage organizer.</summary>
public sealed record OrganizerOptions
{
    private readonly long? _maxMacs;
    private readonly long? _maxParameters;
    private readonly double _threshold;

    /// <summary>Leaves the stages as they are.</summary>
    public static OrganizerOptions Off { get; } = new() { IsOff = true };

    /// <summary>Whether the stages are left as they are: true for <see cref="Off"/>.</summary>
    public bool IsOff { get; private init; }

    /// <summary>
    /// θ of section 4.1: a gain above it is worth a unit. A unit moves only to a gain above θ, and where neither the unit's own gain nor any
    /// other stage's reaches θ it is removed. Default: 0, with which units move and are never removed.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, infinite or not a number.</exception>
    public double Threshold
    {
        get => _threshold;
        init => _threshold = value >= 0 && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Threshold), value, "The threshold must be 0 or above.");
    }

    /// <summary>
    /// At most so many multiply-accumulates for one image; null (the default) for no limit. Moves that would exceed it are passed over, and
    /// a network that starts above it loses the units of least gain until it fits. Where the network is decomposed afterwards, the decomposed
    /// network is what counts.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public long? MaxMacs { get => _maxMacs; init => _maxMacs = Budget.RequirePositive(value, nameof(MaxMacs)); }

    /// <summary>At most so many learned parameters; null (the default) for no limit. Works as <see cref="MaxMacs"/> does.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public long? MaxParameters { get => _maxParameters; init => _maxParameters = Budget.RequirePositive(value, nameof(MaxParameters)); }

    /// <summary>How gains are measured. Default: clamped fields, α = 3.</summary>
    public ReceptiveFieldOptions ReceptiveField { get; init; } = new();
}
