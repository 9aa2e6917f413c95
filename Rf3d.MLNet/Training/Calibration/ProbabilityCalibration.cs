using System.Text.Json.Serialization;

namespace Rf3d.MLNet;

/// <summary>
/// Temperature scaling of a model (C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017): the outputs before the softmax are divided by one number, so that a probability of 0.8 is
/// right in about 80 % of the cases. No prediction changes. The last layer of the saved model is divided by it, wherever the model is scored.
/// </summary>
public sealed record ProbabilityCalibration
{
    /// <summary>The number T. Above 1 the model was too sure of its predictions, below 1 not sure enough. 1 if no other number is better in cross-validation.</summary>
    public required double Temperature { get; init; }

    /// <summary>Number of images held out of training that it was chosen on.</summary>
    public required int Images { get; init; }

    /// <summary>Mean log loss of these images with T = 1.</summary>
    public required double LogLossBefore { get; init; }

    /// <summary>The same with <see cref="Temperature"/>, in cross-validation: each image with the T of the others.</summary>
    public required double LogLossAfter { get; init; }

    /// <summary>Expected calibration error of these images with T = 1, 0 to 1: how far accuracy and probability are apart, in 15 bins by the probability of the predicted class.</summary>
    public required double CalibrationErrorBefore { get; init; }

    /// <summary>The same with <see cref="Temperature"/>, in cross-validation.</summary>
    public required double CalibrationErrorAfter { get; init; }

    /// <summary>Whether the model changes by it.</summary>
    [JsonIgnore]
    public bool IsApplied => Temperature != 1;
}
