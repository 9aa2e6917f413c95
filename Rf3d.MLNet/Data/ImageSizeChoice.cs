using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>The size that images of these sizes are resized to.</summary>
internal static class ImageSizeChoice
{
    /// <summary>How many times as long as wide images are at least that are seen as a rectangle: a square shows less than half of longer ones.</summary>
    public const double LeastLengthOfRectangle = 2;

    private const int MaximumNativeSize = ConvNetFactory.MaximumCifarFormSize;
    private const int SmallestSquare = 32;
    private const int LargestSquare = 224;
    private const int Step = 16;
    private const int SmallestOfLarger = MaximumNativeSize + Step;

    // So many of the images must have the shape, so exactly, for the rectangle to show nearly all of each.
    private const double ShareOfOneShape = 0.9;
    private const double ShapeTolerance = 1.25;

    /// <summary>
    /// The one small size that all share; else, where nearly all have one shape that is twice as long as wide or longer, a rectangle of this shape; else the square nearest to the median of the shorter
    /// sides. In steps of 16.
    /// </summary>
    public static Size2D Of(IReadOnlyList<Size2D> sizes)
    {
        var first = sizes[0];
        if (first is { Height: <= MaximumNativeSize, Width: <= MaximumNativeSize } && sizes.All(size => size == first))
            return first;
        var shorter = Median(sizes, size => Math.Min(size.Height, size.Width));
        var shape = Median(sizes, Shape);
        var isOneShape = sizes.Count(size => Math.Max(Shape(size), shape) <= ShapeTolerance * Math.Min(Shape(size), shape)) >= ShareOfOneShape * sizes.Count;
        var longer = Math.Max(shape, 1 / shape);
        if (longer < LeastLengthOfRectangle || !isOneShape)
        {
            // Images that are larger than small ones do not become such.
            return Math.Clamp(Rounded(shorter), shorter > MaximumNativeSize ? SmallestOfLarger : SmallestSquare, LargestSquare);
        }
        // As many pixels as the largest square at most; a small rectangle at most as many as a network for small images takes.
        var isSmall = shorter <= MaximumNativeSize;
        var pixels = isSmall ? ConvNetFactory.MaximumCifarFormPixels : LargestSquare * LargestSquare;
        var most = (int)(Math.Sqrt(pixels / longer) / Step) * Step;
        var side = Math.Max(SmallestSquare, Math.Min(Math.Max(Rounded(shorter), isSmall ? 0 : SmallestOfLarger), most));
        var length = Math.Max(side, Math.Min(Rounded(side * longer), pixels / side / Step * Step));
        return shape > 1 ? new(side, length) : new(length, side);
    }

    private static double Shape(Size2D size) => (double)size.Width / size.Height;

    private static double Median(IReadOnlyList<Size2D> sizes, Func<Size2D, double> value) => sizes.Select(value).Order().ElementAt(sizes.Count / 2);

    private static int Rounded(double pixels) => (int)Math.Round(pixels / Step, MidpointRounding.AwayFromZero) * Step;
}
