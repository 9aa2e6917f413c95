namespace Rf3d.MLNet;

/// <summary>Below and above which figures an image is bad: fixed where the figure says so by itself, else by the other images of the data set.</summary>
/// <param name="Brightness">Below it an image is dark.</param>
/// <param name="Sharpness">Below it an image is blurred.</param>
/// <param name="ShorterSide">Below it an image is tiny, in pixels.</param>
/// <param name="Aspect">Above it an image is of an odd shape: longer side over shorter side.</param>
/// <param name="Distance">Above it an image is an outlier.</param>
internal sealed record QualityLimits(double Brightness, double Sharpness, double ShorterSide, double Aspect, double Distance)
{
    /// <summary>Standard deviation of pixels below which an image is of one colour: five levels of 255.</summary>
    public const double Contrast = 0.02;

    private const double Dark = 0.1;

    // Of the median: where all images are dark, such as digits on black, none is.
    private const double DarkShare = 1.0 / 3;
    private const double TinyShare = 1.0 / 4;
    private const double AspectFactor = 2;
    private const double LeastAspect = 2.5;

    // Of log sharpness, and of distances, which spread more above their median.
    private const double SharpnessDeviations = 4;
    private const double DistanceDeviations = 4;

    /// <param name="images">All images, at least one.</param>
    public static QualityLimits Of(IReadOnlyCollection<AuditedImage> images)
    {
        return new(
            Math.Min(Dark, DarkShare * Median(image => image.Brightness)),
            Math.Exp(RobustLimit.Of(images.Where(IsVaried).Select(image => Math.Log(image.Sharpness)), -SharpnessDeviations)),
            TinyShare * Median(image => Math.Min(image.Height, image.Width)),
            Math.Max(LeastAspect, AspectFactor * Median(AspectOf)),
            RobustLimit.Of(images.Select(image => image.OutlierDistance), DistanceDeviations));

        double Median(Func<AuditedImage, double> value) => RobustLimit.Median([.. images.Select(value)]);
    }

    /// <summary>The problems of an image.</summary>
    public IEnumerable<ImageFinding> Findings(AuditedImage image)
    {
        if (image.OutlierDistance > Distance)
            yield return new() { Kind = ImageFindingKind.Outlier, Score = 1 - (Distance / image.OutlierDistance) };
        // Of an image of one colour, nothing else is worth reporting.
        if (!IsVaried(image))
            yield return Below(ImageFindingKind.OneColour, image.Contrast, Contrast);
        else if (image.Brightness < Brightness)
            yield return Below(ImageFindingKind.Dark, image.Brightness, Brightness);
        if (IsVaried(image) && image.Sharpness < Sharpness)
            yield return Below(ImageFindingKind.Blurred, image.Sharpness, Sharpness);
        if (Math.Min(image.Height, image.Width) < ShorterSide)
            yield return Below(ImageFindingKind.Tiny, Math.Min(image.Height, image.Width), ShorterSide);
        if (AspectOf(image) > Aspect)
            yield return new() { Kind = ImageFindingKind.OddAspect, Score = 1 - (Aspect / AspectOf(image)) };
    }

    private static ImageFinding Below(ImageFindingKind kind, double value, double limit) => new() { Kind = kind, Score = 1 - (value / limit) };

    private static bool IsVaried(AuditedImage image) => image.Contrast >= Contrast;

    private static double AspectOf(AuditedImage image) => (double)Math.Max(image.Height, image.Width) / Math.Min(image.Height, image.Width);
}
