using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>Divides the last layer of a network by its temperature, so that the softmax after it is calibrated in every form of the saved model.</summary>
internal static class CalibratedLayer
{
    /// <param name="weights">Weights as they were trained; not changed.</param>
    /// <param name="classifier">The last layer.</param>
    /// <param name="calibration">The temperature; null for none.</param>
    public static WeightTable Apply(WeightTable weights, LinearNode classifier, ProbabilityCalibration? calibration)
    {
        if (calibration is not { IsApplied: true })
            return weights;
        var table = weights.Copy();
        foreach (var name in new[] { classifier.Name + WeightTable.Weight, classifier.Name + WeightTable.Bias })
            table[name] = weights[name] with { Values = Times(weights[name].Values, 1 / calibration.Temperature) };
        return table;
    }

    public static float[] Times(float[] values, double factor) => factor == 1 ? values : Array.ConvertAll(values, value => (float)(value * factor));
}
