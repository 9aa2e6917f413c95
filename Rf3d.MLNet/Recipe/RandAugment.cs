using System.ComponentModel.DataAnnotations;

namespace Rf3d.MLNet;

/// <summary>
/// RandAugment (E. D. Cubuk et al., 2020): each image goes through some operations drawn, with replacement and even odds, from fourteen: identity, shear
/// and shift along either axis, rotation, brightness, contrast, saturation, sharpness, posterize, solarize, automatic contrast, equalize.
/// </summary>
/// <remarks>
/// The ranges are those of torchvision. At the highest magnitude: shear by 0.3, shift by 150/331 of the size, rotation by 30°, brightness, contrast,
/// saturation and sharpness by a factor of 1 ± 0.9, 4 bits left by posterize, all colours inverted by solarize. All geometry is
/// done in one resampling before the colours.
/// </remarks>
public sealed record RandAugment
{
    /// <summary>Operations on each image, 1 to 8. Default: 2.</summary>
    [Range(1, 8)]
    public int Operations { get; init; } = 2;

    /// <summary>Strength of each, 0 to 30. Automatic contrast and equalize have none, and work at 0, too. Default: 9.</summary>
    [Range(0d, 30d)]
    public double Magnitude { get; init; } = 9;
}
