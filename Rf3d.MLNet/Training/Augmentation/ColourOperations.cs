using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Colours of a batch, each image by its own strength: images [n, height, width, 3], RGB from 0 to 255 in float, strengths [n]. The results
/// are within 0 to 255.
/// </summary>
internal static class ColourOperations
{
    // From RGB to luma (ITU-R BT.601) and the two colour differences of YIQ; turning those turns the hue and leaves the luma.
    private static readonly float[,] ToYiq = { { 0.299f, 0.587f, 0.114f }, { 0.5959f, -0.2746f, -0.3213f }, { 0.2115f, -0.5227f, 0.3112f } };

    // The centre weighs five times as much as a neighbour, as in Pillow's smoothing.
    private static readonly float[,] Smoothing = { { 1 / 13f, 1 / 13f, 1 / 13f }, { 1 / 13f, 5 / 13f, 1 / 13f }, { 1 / 13f, 1 / 13f, 1 / 13f } };

    private static readonly float[] ToGrey = [0.299f, 0.587f, 0.114f];

    public static Tensor Brightness(Tensor images, Tensor factors) => (images * ForPixels(factors)).WithinInPlace(0, 255);

    /// <summary>The distance to the image's mean grey, times a factor.</summary>
    public static Tensor Contrast(Tensor images, Tensor factors) => Blend(Grey(images).mean([1, 2, 3], keepdim: true), images, factors);

    /// <summary>The distance to each pixel's grey, times a factor.</summary>
    public static Tensor Saturation(Tensor images, Tensor factors) => Blend(Grey(images), images, factors);

    /// <summary>The hue, turned by a share of the colour circle.</summary>
    public static Tensor Hue(Tensor images, Tensor shares)
    {
        var toYiq = tensor(ToYiq).SendTo(images.device);
        var angles = shares.Times(2 * Math.PI);
        var (sine, cosine, zero) = (angles.sin(), angles.cos(), zeros_like(shares));
        var turns = stack([ones_like(zero), zero, zero, zero, cosine, -sine, zero, sine, cosine], 1).view(-1, 3, 3);
        var matrices = toYiq.inverse().matmul(turns).matmul(toYiq);
        return images.flatten(1, 2).bmm(matrices.transpose(1, 2)).view(images.shape).WithinInPlace(0, 255);
    }

    /// <summary>The distance to the image smoothed by a 3×3 kernel, times a factor. The outermost pixels stay.</summary>
    public static Tensor Sharpness(Tensor images, Tensor factors)
    {
        var (height, width) = (images.shape[1], images.shape[2]);
        if (height < 3 || width < 3)
            return images;
        var kernel = tensor(Smoothing).SendTo(images.device).expand(3, 1, 3, 3);
        var smooth = images.clone();
        smooth.narrow(1, 1, height - 2).narrow(2, 1, width - 2).copy_(
            nn.functional.conv2d(images.permute(0, 3, 1, 2), kernel, groups: 3).permute(0, 2, 3, 1));
        return Blend(smooth, images, factors);
    }

    /// <summary>Fewer levels: the lower 8 - <paramref name="bits"/> bits cut off.</summary>
    public static Tensor Posterize(Tensor images, int bits)
    {
        double step = 1 << (8 - bits);
        return images.Over(step).floor_().TimesInPlace(step);
    }

    /// <summary>Values from the threshold on inverted.</summary>
    public static Tensor Solarize(Tensor images, double threshold) => where(images.IsAtLeast(threshold), images.SubtractedFrom(255), images);

    /// <summary>Each channel of each image stretched to 0 to 255; a channel of one value stays.</summary>
    public static Tensor AutoContrast(Tensor images)
    {
        var low = images.amin([1, 2], keepdim: true);
        var range = images.amax([1, 2], keepdim: true) - low;
        return where(range.IsAbove(0), (images - low) * range.AtLeast(1e-6).reciprocal().Times(255), images).WithinInPlace(0, 255);
    }

    /// <summary>
    /// Each channel of each image with its levels spread so that all are as frequent, by the formula of Pillow: level v becomes
    /// (pixels below v + step/2) / step, rounded down, with step = (all pixels - those of the highest level) / 255, rounded down.
    /// </summary>
    public static Tensor Equalize(Tensor images)
    {
        var levels = images.permute(0, 3, 1, 2).flatten(2).round().WithinInPlace(0, 255).to(ScalarType.Int64);
        var counts = zeros([levels.shape[0], 3, 256], ScalarType.Int64, images.device).scatter_add_(2, levels, ones_like(levels));
        var upTo = counts.cumsum(2);
        var step = counts.gather(2, levels.amax([2], keepdim: true)).SubtractedFrom(levels.shape[2]).FloorOver(255);
        var table = (upTo - counts).PlusInPlace(step.FloorOver(2)).div(step.AtLeast(1), RoundingMode.floor).WithinInPlace(0, 255);
        // Too few pixels to spread.
        var spread = where(step.IsAbove(0), table.gather(2, levels), levels);
        return spread.to(ScalarType.Float32).view(images.shape[0], 3, images.shape[1], images.shape[2]).permute(0, 2, 3, 1);
    }

    private static Tensor Grey(Tensor images) => images.matmul(tensor(ToGrey).SendTo(images.device)).unsqueeze(3);

    private static Tensor Blend(Tensor from, Tensor to, Tensor factors) => from.Plus(ForPixels(factors) * (to - from)).WithinInPlace(0, 255);

    private static Tensor ForPixels(Tensor figures) => figures.view(-1, 1, 1, 1);
}
