using System.ComponentModel.DataAnnotations;

namespace Rf3d.MLNet;

/// <summary>
/// RandAugment (E. D. Cubuk et al., 2020): some operations are applied to each image, drawn uniformly with replacement from fourteen: identity, shear and shift along
/// either axis, rotation, brightness, contrast, saturation, sharpness, posterize, solarize, automatic contrast, equalize.
/// </summary>
/// <remarks>
/// The ranges are those of torchvision. At the highest magnitude: shear by 0.3, shift by 150/331 of the size, rotation by 30°, brightness, contrast,
/// saturation and sharpness by a factor of 1 ± 0.9, 4 bits left by posterize, all colours inverted by solarize. All geometry is
/// done in one resampling before the colours.
/// </remarks>
public sealed record RandAugment
{
    /// <summary>Number of operations on each image.</summary>
    /// <value>1 to 8. Default: 2.</value>
    [Range(1, 8)]
    public int Operations { get; init; } = 2;

    /// <summary>Strength of each operation.</summary>
    /// <value>0 to 30. Default: 9.</value>
    /// <remarks>Automatic contrast and equalize have no strength, and also apply at 0.</remarks>
    [Range(0d, 30d)]
    public double Magnitude { get; init; } = 9;
}
