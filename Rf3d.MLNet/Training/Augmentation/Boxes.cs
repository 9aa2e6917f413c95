using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Rectangles, one in each image: rows from <c>top</c> to before <c>bottom</c>, columns from <c>left</c> to before <c>right</c>; [n] each, in
/// pixels.
/// </summary>
internal static class Boxes
{
    /// <summary>Which pixels lie inside. [n, height, width, 1], bool.</summary>
    public static Tensor Mask(Tensor top, Tensor bottom, Tensor left, Tensor right, long height, long width)
    {
        var rows = Inside(top, bottom, height).view(-1, height, 1, 1);
        return rows.logical_and(Inside(left, right, width).view(-1, 1, width, 1));
    }

    /// <summary>Rectangles of the given sizes around centres anywhere in the image; parts outside are cut off.</summary>
    public static Tensor AroundAnyPixel(Tensor boxHeight, Tensor boxWidth, long height, long width, RandomDraws draws)
    {
        var count = boxHeight.shape[0];
        var (top, left) = (Start(boxHeight, height), Start(boxWidth, width));
        return Mask(top, top.Plus(boxHeight), left, left.Plus(boxWidth), height, width);

        Tensor Start(Tensor size, long length) => draws.Uniform(count, 0, length).floor_() - size.Over(2).floor();
    }

    /// <summary>Rectangles of the given sizes that lie in the image as a whole.</summary>
    public static Tensor Within(Tensor boxHeight, Tensor boxWidth, long height, long width, RandomDraws draws)
    {
        var count = boxHeight.shape[0];
        var (top, left) = (Start(boxHeight, height), Start(boxWidth, width));
        return Mask(top, top.Plus(boxHeight), left, left.Plus(boxWidth), height, width);

        Tensor Start(Tensor size, long length) => (draws.Uniform(count, 0, 1) * size.SubtractedFrom(length + 1)).floor_();
    }

    private static Tensor Inside(Tensor start, Tensor end, long length)
    {
        var places = TensorArithmetic.Range(length, start.device).view(1, -1);
        return places.ge(start.view(-1, 1)).logical_and(places.lt(end.view(-1, 1)));
    }
}
