using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>How the border is filled that a random crop leaves.</summary>
[JsonConverter(typeof(EnumNameConverter<CropPaddingMode>))]
public enum CropPaddingMode
{
    /// <summary>The image, mirrored at its border.</summary>
    Reflect,

    /// <summary>Black, as is usual on CIFAR.</summary>
    Zero,
}

/// <summary>
/// Augmentation of training images in addition to random crops and flips, off by default, and settings of crops and flips. Random values are drawn from the seed for each image
/// in each epoch. Validation and scoring use no augmentation.
/// </summary>
/// <remarks>
/// Operations are applied in this order: crop and flip; resized crop, rotation and the geometry of RandAugment in one bilinear resampling, mirrored at the border; the
/// colours of RandAugment; brightness, contrast, saturation, hue; normalisation; random erasing and cutout; MixUp or CutMix. They run on the device of the network, for a
/// whole batch at once.
/// </remarks>
public sealed record AugmentationOptions
{
    /// <summary>Largest shift of an image by <see cref="TrainingRecipe.RandomCrop"/>, as a share of its height and width.</summary>
    /// <value>Above 0, at most 0.5; rounded to whole pixels. Default: 0.0625, 2 pixels of 32.</value>
    /// <remarks>Papers on CIFAR that train for hundreds of epochs use an eighth.</remarks>
    [Range(0d, 0.5, MinimumIsExclusive = true)]
    public double CropPaddingFraction { get; init; } = 1 / 16.0;

    /// <summary>
    /// Whether <see cref="TrainingRecipe.RandomFlip"/> mirrors an image in every other epoch (K. Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU", 2024) instead
    /// of with probability 0.5 each time.
    /// </summary>
    /// <value>Default: true.</value>
    /// <remarks>With <see cref="TrainingRecipe.BalancedSampling"/>, where an epoch may have an image several times, the probability is always 0.5 each time.</remarks>
    public bool AlternatingFlip { get; init; } = true;

    /// <summary>How the border is filled that <see cref="TrainingRecipe.RandomCrop"/> leaves.</summary>
    /// <value>Default: <see cref="CropPaddingMode.Reflect"/>.</value>
    [EnumDataType(typeof(CropPaddingMode))]
    public CropPaddingMode CropPaddingMode { get; init; } = CropPaddingMode.Reflect;

    /// <summary>Smallest share of the area of an image that a random resized crop shows (C. Szegedy et al., 2015).</summary>
    /// <value>Above 0, at most 1. Default: 1, off. 0.08 is usual for ImageNet, with <see cref="TrainingRecipe.RandomCrop"/> off.</value>
    /// <remarks>
    /// The share is drawn between this value and 1, and the aspect ratio between 3:4 and 4:3 of that of the image. The crop is stretched to the full size. It is taken
    /// from the image as resized on reading, and shows no more detail.
    /// </remarks>
    [Range(0d, 1d, MinimumIsExclusive = true)]
    public double ResizedCropScale { get; init; } = 1;

    /// <summary>Largest random rotation to either side.</summary>
    /// <value>Degrees, 0 to 180. Default: 0.</value>
    [Range(0d, 180d)]
    public double RotationDegrees { get; init; }

    /// <summary>Range b of random brightness: values are multiplied by a factor from 1 - b to 1 + b.</summary>
    /// <value>0 to 1. Default: 0.</value>
    [Range(0d, 1d)]
    public double Brightness { get; init; }

    /// <summary>Range c of random contrast: the difference from the mean grey of the image is multiplied by a factor from 1 - c to 1 + c.</summary>
    /// <value>0 to 1. Default: 0.</value>
    [Range(0d, 1d)]
    public double Contrast { get; init; }

    /// <summary>Range s of random saturation: the difference from the grey of each pixel is multiplied by a factor from 1 - s to 1 + s.</summary>
    /// <value>0 to 1. Default: 0.</value>
    [Range(0d, 1d)]
    public double Saturation { get; init; }

    /// <summary>Largest random rotation of hues to either side.</summary>
    /// <value>Share of the colour circle, 0 to 0.5. Default: 0.</value>
    [Range(0d, 0.5)]
    public double Hue { get; init; }

    /// <summary>Probability that a rectangle is filled with the mean colour (random erasing; Z. Zhong et al., 2020).</summary>
    /// <value>0 to 1. Default: 0. 0.25 to 0.5 is usual.</value>
    /// <remarks>The rectangle has 2 % to a third of the area of the image, and an aspect ratio from 3:10 to 10:3.</remarks>
    [Range(0d, 1d)]
    public double RandomErasing { get; init; }

    /// <summary>Side of a square that is filled with the mean colour in every image (Cutout; T. DeVries, G. Taylor, 2017).</summary>
    /// <value>Share of the shorter side of the image, 0 to 1. Default: 0. The authors use 0.5 for CIFAR-10 and 0.25 for CIFAR-100.</value>
    /// <remarks>The centre of the square is anywhere in the image, so that a part may be outside.</remarks>
    [Range(0d, 1d)]
    public double Cutout { get; init; }

    /// <summary>α of MixUp (H. Zhang et al., 2018): images and targets are mixed in pairs, λ of one and 1 - λ of the other, with λ drawn from Beta(α, α).</summary>
    /// <value>0 to 10. Default: 0, off. 0.2 to 1 is usual.</value>
    /// <remarks>
    /// If <see cref="CutMixAlpha"/> is set, too, each batch gets one of the two with equal probability. The training accuracy counts the class with the larger share.
    /// </remarks>
    [Range(0d, 10d)]
    public double MixUpAlpha { get; init; }

    /// <summary>α of CutMix (S. Yun et al., 2019): a rectangle of each image is replaced by that of another image of the batch, and targets are mixed by area.</summary>
    /// <value>0 to 10. Default: 0, off. The authors use 1.</value>
    /// <remarks>The area is 1 - λ before the rectangle is cut at the border, with λ drawn from Beta(α, α).</remarks>
    [Range(0d, 10d)]
    public double CutMixAlpha { get; init; }

    /// <summary>Random operations on each image.</summary>
    /// <value>Default: null, none.</value>
    public RandAugment? RandAugment { get; init; }
}
