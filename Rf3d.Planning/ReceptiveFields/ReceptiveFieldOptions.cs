using System.Text.Json.Serialization;

namespace Rf3d.Planning;

/// <summary>Whether a receptive field may be larger than the tensor that it covers.</summary>
[JsonConverter(typeof(EnumNameConverter<ReceptiveFieldClamping>))]
public enum ReceptiveFieldClamping
{
    /// <summary>No: height, width and channels are limited to those of the input of the stage, as in Eq. 5 and 6.</summary>
    Clamped,

    /// <summary>Yes: fields extend over the border. The CIFAR tables of the paper were computed in this way.</summary>
    Unclamped,
}

/// <summary>How the 3D receptive field is measured.</summary>
public sealed record ReceptiveFieldOptions
{
    private readonly double _alpha = 3;

    /// <summary>Whether receptive fields are limited to the size of the input of the stage.</summary>
    /// <value>Default: <see cref="ReceptiveFieldClamping.Clamped"/>.</value>
    public ReceptiveFieldClamping Clamping { get; init; }

    /// <summary>α of Eq. 7: how fast the gain of a larger receptive field decreases with the field already covered.</summary>
    /// <value>Above 0. Default: 3, as in the paper.</value>
    /// <exception cref="ArgumentOutOfRangeException">Zero, negative, infinite or not a number.</exception>
    public double Alpha
    {
        get => _alpha;
        init => _alpha = value > 0 && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Alpha), value, "Alpha must be above 0 (Eq. 7); the paper uses 3.");
    }
}
