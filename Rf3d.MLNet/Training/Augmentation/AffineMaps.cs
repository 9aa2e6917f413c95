using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Where each image's pixels come from: affine maps [n, 3, 3] from a place in the new image to one in the old. Places are (x, y), from -1 to 1
/// over the width and the height. Lengths that mix the axes, in turns and shears, are in pixels.
/// </summary>
internal static class AffineMaps
{
    /// <summary>A part of the image: <paramref name="width"/> and <paramref name="height"/> are its shares, the rest how far its centre is off.</summary>
    public static Tensor Part(Tensor width, Tensor height, Tensor x, Tensor y)
    {
        var zero = zeros_like(width);
        return Of(width, zero, x, zero, height, y);
    }

    /// <summary>Turned by an angle in radians; positive turns the image anticlockwise.</summary>
    public static Tensor Rotation(Tensor angle, int height, int width)
    {
        var (sine, cosine, zero) = (angle.sin(), angle.cos(), zeros_like(angle));
        return Of(cosine, sine.Times(-(double)height / width), zero, sine.Times((double)width / height), cosine, zero);
    }

    /// <summary>Rows pushed sideways by <paramref name="x"/> pixels for each row's distance from the middle, columns by <paramref name="y"/>.</summary>
    public static Tensor Shear(Tensor x, Tensor y, int height, int width)
    {
        var (zero, one) = (zeros_like(x), ones_like(x));
        return Of(one, x.Times((double)height / width), zero, y.Times((double)width / height), one, zero);
    }

    /// <summary>Moved by shares of the width and the height.</summary>
    public static Tensor Shift(Tensor x, Tensor y)
    {
        var (zero, one) = (zeros_like(x), ones_like(x));
        return Of(one, zero, x.Times(2), zero, one, y.Times(2));
    }

    /// <summary>Bilinear resampling, mirrored at the border.</summary>
    /// <param name="images">[n, height, width, channels]</param>
    /// <param name="maps">[n, 3, 3]</param>
    /// <returns>[n, height, width, channels]</returns>
    public static Tensor Resample(Tensor images, Tensor maps)
    {
        var planes = images.permute(0, 3, 1, 2);
        var grid = nn.functional.affine_grid(maps.narrow(1, 0, 2), planes.shape, align_corners: false);
        return nn.functional.grid_sample(planes, grid, GridSampleMode.Bilinear, GridSamplePaddingMode.Reflection, align_corners: false).permute(0, 2, 3, 1);
    }

    private static Tensor Of(Tensor xx, Tensor xy, Tensor x, Tensor yx, Tensor yy, Tensor y)
    {
        var zero = zeros_like(x);
        return stack([xx, xy, x, yx, yy, y, zero, zero, ones_like(x)], 1).view(-1, 3, 3);
    }
}
