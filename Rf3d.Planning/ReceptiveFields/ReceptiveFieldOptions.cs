using System.Text.Json.Serialization;

namespace Rf3d.Planning;

/// <summary>Whether a receptive field may be larger than the tensor that it looks at.</summary>
[JsonConverter(typeof(EnumNameConverter<ReceptiveFieldClamping>))]
public enum ReceptiveFieldClamping
{
    /// <summary>No: width, height and channels stop at those of the stage's input, as Eq. 5 and 6 say.</summary>
    Clamped,

    /// <summary>Yes: fields grow over the border. The paper's CIFAR tables were computed so.</summary>
    Unclamped,
}

/// <summary>How the 3D receptive field is measured.</summary>
public sealed record ReceptiveFieldOptions
{
    private readonly double _alpha = 3;

    /// <summary>Whether fields stop at the stage's input. Default: <see cref="ReceptiveFieldClamping.Clamped"/>.</summary>
    public ReceptiveFieldClamping Clamping { get; init; }

    /// <summary>α in Eq. 7: how fast the worth of more field falls with what is already seen. Above 0; default 3, as in the paper.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Zero, negative, infinite or not a number.</exception>
    public double Alpha
    {
        get => _alpha;
        init => _alpha = value > 0 && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Alpha), value, "Alpha must be above 0 (Eq. 7); the paper uses 3.");
    }
}
