using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>The thresholds that a table of coverage against accuracy shows: for each accuracy that is wanted the one that answers most images.</summary>
internal static class CoverageTargets
{
    private static readonly double[] Accuracies = [0.8, 0.9, 0.95, 0.98, 0.99, 0.995];

    /// <param name="curve">The curve.</param>
    /// <returns>The accuracies that are above that of all images, from the lowest on. No point where no threshold has the accuracy.</returns>
    public static IEnumerable<(double Accuracy, CoveragePoint? Point)> Of(CoverageCurve curve)
    {
        var all = curve.At(0);
        return Accuracies.Where(accuracy => accuracy > all.Accuracy).Select(accuracy => (accuracy, curve.For(accuracy)));
    }
}
