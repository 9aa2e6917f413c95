namespace Rf3d.MLNet;

/// <summary>How often each of two classifiers was right on the same images, and the statistics of their difference.</summary>
/// <param name="BothRight">Images that both classified correctly.</param>
/// <param name="OnlyFirstRight">Images that only the first did.</param>
/// <param name="OnlySecondRight">Images that only the second did.</param>
/// <param name="NeitherRight">Images that neither did.</param>
internal readonly record struct PairedCounts(long BothRight, long OnlyFirstRight, long OnlySecondRight, long NeitherRight)
{
    public long Total => BothRight + OnlyFirstRight + OnlySecondRight + NeitherRight;

    public long FirstRight => BothRight + OnlyFirstRight;

    public long SecondRight => BothRight + OnlySecondRight;

    /// <summary>Accuracy of the second minus that of the first; 0 of no images.</summary>
    public double Difference => Total == 0 ? 0 : (double)(OnlySecondRight - OnlyFirstRight) / Total;

    /// <summary>
    /// The two-sided p value of McNemar's exact test: how probable a split of the images on which they differ is that is at least as uneven as this one, if either is as likely
    /// to be the one that is right. 1 where they do not differ.
    /// </summary>
    public double PValue
    {
        get
        {
            var differing = OnlyFirstRight + OnlySecondRight;
            var fewer = Math.Min(OnlyFirstRight, OnlySecondRight);
            // The binomial distribution's terms, as logarithms: 2 to the power of -n alone is 0 from n = 1075 on.
            var logarithm = -differing * Math.Log(2);
            var tail = 0.0;
            for (var count = 0L; count <= fewer; count++)
            {
                tail += Math.Exp(logarithm);
                logarithm += Math.Log((double)(differing - count) / (count + 1));
            }
            return Math.Min(1, 2 * tail);
        }
    }

    /// <summary>
    /// The 95 % interval of <see cref="Difference"/>: method 10 of R. G. Newcombe, "Improved Confidence Intervals for the Difference between Binomial Proportions Based on
    /// Paired Data" (1998), made of Wilson's intervals of both accuracies and the correlation between them. -1 to 1 of no images.
    /// </summary>
    public ConfidenceInterval DifferenceInterval
    {
        get
        {
            if (Total == 0)
                return new(-1, 1);
            double first = (double)FirstRight / Total, second = (double)SecondRight / Total;
            var (firstLow, firstHigh) = ConfidenceInterval.OfShare(FirstRight, Total);
            var (secondLow, secondHigh) = ConfidenceInterval.OfShare(SecondRight, Total);
            return new(
                Math.Max(-1, Difference - Distance(second - secondLow, firstHigh - first)),
                Math.Min(1, Difference + Distance(secondHigh - second, first - firstLow)));
        }
    }

    private double Correlation
    {
        get
        {
            var (firstWrong, secondWrong) = (Total - FirstRight, Total - SecondRight);
            var scale = Math.Sqrt((double)FirstRight * firstWrong) * Math.Sqrt((double)SecondRight * secondWrong);
            if (scale == 0)
                return 0;
            var product = ((double)BothRight * NeitherRight) - ((double)OnlyFirstRight * OnlySecondRight);
            // Newcombe's correction for continuity.
            return (product > 0 ? Math.Max(0, product - (Total / 2.0)) : product) / scale;
        }
    }

    private double Distance(double ofSecond, double ofFirst) =>
        Math.Sqrt(Math.Max(0, (ofSecond * ofSecond) - (2 * Correlation * ofSecond * ofFirst) + (ofFirst * ofFirst)));
}
