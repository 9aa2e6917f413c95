namespace Rf3d.MLNet;

/// <summary>When early stopping ends a training.</summary>
internal static class EarlyStoppingRule
{
    /// <summary>Whether <see cref="EarlyStopping.Patience"/> epochs in a row brought no improvement. Never without validation figures.</summary>
    public static bool ShouldStop(this EarlyStopping criteria, IReadOnlyList<TrainingMetrics> epochs)
    {
        double? best = null;
        var idle = 0;
        foreach (var epoch in epochs)
        {
            var score = criteria.Metric == EarlyStoppingMetric.Accuracy ? epoch.ValidationAccuracy : -epoch.ValidationLoss;
            if (score is null)
                return false;
            // Any figure is better than a loss that is none.
            if (best is null || (best is double.NaN && score is not double.NaN) || (score > best && score - best >= criteria.MinDelta))
                (best, idle) = (score, 0);
            else
                idle++;
        }
        return idle >= criteria.Patience;
    }
}
