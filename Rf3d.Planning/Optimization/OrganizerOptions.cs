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

    /// <summary>θ of section 4.1: a unit is worth its cost if its gain is above this value.</summary>
    /// <value>0 or above. Default: 0.</value>
    /// <remarks>
    /// A unit moves only to a gain above θ. If neither its own gain nor that of any other stage reaches θ, it is removed. With 0, units move and are never removed.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">Negative, infinite or not a number.</exception>
    public double Threshold
    {
        get => _threshold;
        init => _threshold = value >= 0 && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Threshold), value, "The threshold must be 0 or above.");
    }

    /// <summary>Most multiply-accumulates for one image.</summary>
    /// <value>At least 1. Default: null, no limit.</value>
    /// <remarks>
    /// Moves that would exceed the limit are skipped. A network that starts above it loses the units with the least gain until it fits. If the network is decomposed
    /// afterwards, the limit applies to the decomposed network. With <see cref="Off"/>, a plan above the limit is an error.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public long? MaxMacs { get => _maxMacs; init => _maxMacs = Budget.RequirePositive(value, nameof(MaxMacs)); }

    /// <summary>Most learned parameters.</summary>
    /// <value>At least 1. Default: null, no limit.</value>
    /// <remarks>It works as <see cref="MaxMacs"/> does.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public long? MaxParameters { get => _maxParameters; init => _maxParameters = Budget.RequirePositive(value, nameof(MaxParameters)); }

    /// <summary>How gains are measured.</summary>
    /// <value>Default: clamped receptive fields, α = 3.</value>
    public ReceptiveFieldOptions ReceptiveField { get; init; } = new();
}
