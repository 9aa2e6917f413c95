using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>The images of a batch on their way to the network: every tensor of them lives until the step ends.</summary>
internal static class BatchMemory
{
    private const int FloatPixel = DeviceImages.Channels * sizeof(float);
    private const int RandAugmentColours = 8, RandAugmentKinds = 14;

    /// <param name="layout">The network.</param>
    /// <param name="recipe">Has the augmentation.</param>
    /// <param name="step">The step.</param>
    /// <param name="images">Where the images are.</param>
    public static long Bytes(NetworkLayout layout, TrainingRecipe recipe, StepShape step, DeviceImages images)
    {
        var (height, width) = (layout.Network.Input.Height, layout.Network.Input.Width);
        var pixels = (long)height * width;
        var uploaded = images.ResidentBytes is null ? images.BytesOfImage ?? (DeviceImages.Channels * pixels) : 0;
        var isMoved = step.Forms == StepForms.Gpu || recipe.RandomFlip || (recipe.RandomCrop && recipe.Augmentation.CropPaddingFraction > 0);
        // The place of each pixel as an int64, and the pixels as bytes.
        var moved = isMoved ? (pixels * (sizeof(long) + DeviceImages.Channels)) + (sizeof(long) * ((2L * height) + width)) : 0;
        // Logits, their probabilities and the gradient of them.
        var outputs = 3L * sizeof(float) * (layout.Linears.IsEmpty ? 0 : layout.Classifier.Outputs);
        return checked(step.Batch * (uploaded + moved + (long)(pixels * (FloatPixel + Augmented(recipe))) + outputs));
    }

    /// <summary>Bytes for each pixel of an image, of operations whose results are tensors of their own.</summary>
    private static double Augmented(TrainingRecipe recipe)
    {
        var options = recipe.Augmentation;
        var bytes = recipe.RandomCrop && options.CropPaddingMode == CropPaddingMode.Zero ? 1.0 : 0;
        // A grid of places (two floats), the resampled image, and its copy in the order of channels-last.
        if (options.ResizedCropScale < 1 || options.RotationDegrees > 0 || options.RandAugment is not null)
            bytes += (2 * sizeof(float)) + (2 * FloatPixel);
        if (options.Brightness > 0)
            bytes += FloatPixel;
        // Grey, the difference from it, the scaled difference, the sum.
        bytes += ((options.Contrast > 0 ? 1 : 0) + (options.Saturation > 0 ? 1 : 0)) * (sizeof(float) + (3 * FloatPixel));
        if (options.Hue > 0)
            bytes += FloatPixel;
        // For each kind all images, and some four copies of those that drew it.
        if (options.RandAugment is { } rand)
            bytes += rand.Operations * RandAugmentColours * FloatPixel * (1 + (4.0 / RandAugmentKinds));
        // Masks of bools.
        bytes += 4 * ((options.RandomErasing > 0 ? 1 : 0) + (options.Cutout > 0 ? 1 : 0));
        if (options.MixUpAlpha > 0)
            bytes += 4 * FloatPixel;
        else if (options.CutMixAlpha > 0)
            bytes += (2 * FloatPixel) + sizeof(float) + 1;
        return bytes;
    }
}
