using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>The steps of a backbone of <see cref="OnnxWriter"/> that are not in the description of its network: normalisation and mirror image.</summary>
/// <param name="Mean">Subtracted from each pixel: a value for each channel, or for each pixel of the network's input, channel by channel.</param>
/// <param name="Factor">Multiplied with each channel afterwards.</param>
/// <param name="ScoresMirrored">Whether the features are the mean of those of an image and of its mirror image.</param>
internal sealed record BackboneSteps(float[] Mean, float[] Factor, bool ScoresMirrored)
{
    /// <param name="backbone">The graph.</param>
    /// <param name="input">The input of the network.</param>
    /// <exception cref="FormatException">The graph has not the form that this library writes.</exception>
    public static BackboneSteps Read(byte[] backbone, TensorShape input)
    {
        if (OnnxWeights.Parse(backbone) is not { Graph: var graph })
            throw new FormatException("its network has not the form that this library writes");
        var (mean, factor) = (Values(NormalizationStep.MeanName), Values(NormalizationStep.FactorName));
        return factor.Length == input.Channels && (mean.Length == input.Channels || mean.Length == input.Volume)
            ? new(mean, factor, graph.Node.Any(node => node.Name == OnnxScoringSteps.Both))
            : throw new FormatException($"its normalisation has {mean.Length} means and {factor.Length} factors, and its network {input.Channels} channels");

        float[] Values(string name) => graph.Initializer.FirstOrDefault(tensor => tensor.Name == name)?.Floats() ?? throw new FormatException($"its network has no normalisation ({name})");
    }
}
