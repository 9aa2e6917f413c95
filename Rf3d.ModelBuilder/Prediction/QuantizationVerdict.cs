using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>Whether a quantized model is worth having, in one sentence.</summary>
/// <param name="Precision">What it computes with.</param>
/// <param name="Milliseconds">Of an image, with the model that it was made of.</param>
/// <param name="QuantizedMilliseconds">Of an image, with the quantized one.</param>
/// <param name="Images">The number of images that both were compared on.</param>
/// <param name="Difference">Accuracy of the quantized model minus that of the other.</param>
/// <param name="Interval">The 95 % interval of the difference.</param>
internal sealed record QuantizationVerdict(ModelPrecision Precision, double Milliseconds, double QuantizedMilliseconds, long Images, double Difference, ConfidenceInterval Interval)
{
    /// <summary>The loss of accuracy that is taken for none.</summary>
    public const double AcceptableLoss = 0.01;

    private string Name => Precision.ToString().ToLowerInvariant();

    private string Accuracy => $"accuracy {Numbers.SignedPercent(Difference)} (95 % interval {Numbers.SignedPercent(Interval.Low)} to {Numbers.SignedPercent(Interval.High)})";

    public override string ToString()
    {
        List<string> reasons = [];
        if (Precision == ModelPrecision.Int8 && QuantizedMilliseconds >= Milliseconds)
            reasons.Add(Numbers.Text($"it is not faster on this machine ({QuantizedMilliseconds:0.00} ms an image, and {Milliseconds:0.00} ms in float32)"));
        if (Difference < -AcceptableLoss)
            reasons.Add($"it costs accuracy: {Accuracy}");
        if (reasons.Count > 0)
            return $"{Name} does not pay here: {string.Join("; and ", reasons)}.";
        if (Interval.Low < -AcceptableLoss)
            return $"{Name} may not pay here: {Numbers.Count(Images)} images do not rule out a loss of more than {Numbers.Percent(AcceptableLoss)}: {Accuracy}.";
        return Precision == ModelPrecision.Int8
            ? Numbers.Text($"{Name} pays here: {Milliseconds / QuantizedMilliseconds:0.0} times as fast, {Accuracy}.")
            : $"{Name} keeps the accuracy here: {Accuracy}. Its speed shows on a GPU alone; a CPU computes in 32 bits.";
    }
}
