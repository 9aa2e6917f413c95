using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>What stands where a random crop leaves an image's border behind.</summary>
[JsonConverter(typeof(EnumNameConverter<CropPaddingMode>))]
public enum CropPaddingMode
{
    /// <summary>The image, mirrored at its border.</summary>
    Reflect,

    /// <summary>Black, as in the usual training on CIFAR.</summary>
    Zero,
}

/// <summary>
/// What training images go through besides random crops and flips, all of it off by default; and how these two are done. Every figure is drawn again for each image
/// each time that it is seen, from the run's seed; validation and scoring see images as they are.
/// </summary>
/// <remarks>
/// In this order, whatever is set: crop and flip; resized crop, rotation and the geometry of RandAugment in one bilinear resampling, mirrored at the
/// border; the colours of RandAugment; brightness, contrast, saturation, hue; normalisation; random erasing and cutout; MixUp or CutMix. The
/// work is done where the network computes, for the whole batch at once.
/// </remarks>
public sealed record AugmentationOptions
{
    /// <summary>
    /// Share of its height and width by which <c>RandomCrop</c> moves an image at most, rounded to whole pixels. Above 0, at most 0.5; default a
    /// sixteenth, 2 pixels of 32. Papers on CIFAR that train for hundreds of epochs move it by an eighth.
    /// </summary>
    [Range(0d, 0.5, MinimumIsExclusive = true)]
    public double CropPaddingFraction { get; init; } = 1 / 16.0;

    /// <summary>
    /// Whether <c>RandomFlip</c> mirrors an image in every other epoch (K. Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU", 2024), rather than by a coin
    /// that is tossed each time it is seen. With <c>BalancedSampling</c>, which shows an image several times in an epoch, it is the coin. Default: true.
    /// </summary>
    public bool AlternatingFlip { get; init; } = true;

    /// <summary>What stands where <c>RandomCrop</c> leaves an image's border behind. Default: the mirrored image.</summary>
    [EnumDataType(typeof(CropPaddingMode))]
    public CropPaddingMode CropPaddingMode { get; init; } = CropPaddingMode.Reflect;

    /// <summary>
    /// Smallest share of an image's area that a resized crop shows, stretched to the full size; above 0. The share is drawn between it and 1, the
    /// shape between 3:4 and 4:3 of the image's own (C. Szegedy et al., 2015). ImageNet's usual figure is 0.08, with <c>RandomCrop</c> off. It
    /// crops images as they were resized on reading, so that it shows no more detail than those have. Default: 1, off.
    /// </summary>
    [Range(0d, 1d, MinimumIsExclusive = true)]
    public double ResizedCropScale { get; init; } = 1;

    /// <summary>Images turn by up to so many degrees to either side. 0 to 180; default 0.</summary>
    [Range(0d, 180d)]
    public double RotationDegrees { get; init; }

    /// <summary>Brightness is multiplied by 1 - b to 1 + b. 0 to 1; default 0.</summary>
    [Range(0d, 1d)]
    public double Brightness { get; init; }

    /// <summary>The distance to the image's mean grey is multiplied by 1 - c to 1 + c. 0 to 1; default 0.</summary>
    [Range(0d, 1d)]
    public double Contrast { get; init; }

    /// <summary>The distance to each pixel's own grey is multiplied by 1 - s to 1 + s. 0 to 1; default 0.</summary>
    [Range(0d, 1d)]
    public double Saturation { get; init; }

    /// <summary>Hues turn by up to this share of the colour circle to either side. 0 to 0.5; default 0.</summary>
    [Range(0d, 0.5)]
    public double Hue { get; init; }

    /// <summary>
    /// Probability that a rectangle of 2% to a third of the image, of shape 3:10 to 10:3, is filled with the mean colour (random erasing, Z. Zhong et
    /// al., 2020). 0 to 1; default 0; 0.25 to 0.5 is usual.
    /// </summary>
    [Range(0d, 1d)]
    public double RandomErasing { get; init; }

    /// <summary>
    /// Side, as a share of the image's shorter one, of a square that is filled with the mean colour in every image; its centre lies anywhere, so that
    /// a part may be outside (Cutout, T. DeVries, G. Taylor, 2017). 0 to 1; default 0; 0.5 is the authors' for CIFAR-10, 0.25 for CIFAR-100.
    /// </summary>
    [Range(0d, 1d)]
    public double Cutout { get; init; }

    /// <summary>
    /// α of MixUp (H. Zhang et al., 2018): each image becomes λ of itself and 1 - λ of another of the batch, and so does its target; λ is drawn from
    /// Beta(α, α). 0 to 10; default 0, off; 0.2 to 1 is usual. With <see cref="CutMixAlpha"/>, each batch gets one of the two, at even odds.
    /// Training accuracy then counts the class that has more of the image.
    /// </summary>
    [Range(0d, 10d)]
    public double MixUpAlpha { get; init; }

    /// <summary>
    /// α of CutMix (S. Yun et al., 2019): a rectangle of each image is another of the batch's, and the target mixed by its area, which is 1 - λ before
    /// it is cut at the border; λ is drawn from Beta(α, α). 0 to 10; default 0, off; 1 is the authors'.
    /// </summary>
    [Range(0d, 10d)]
    public double CutMixAlpha { get; init; }

    /// <summary>Operations drawn at random for each image. Default: null, none.</summary>
    public RandAugment? RandAugment { get; init; }
}
