using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>What the validation images chose of a model. Figures that are measured on the same images are then a little too good.</summary>
internal static class ValidationChoice
{
    /// <param name="history">How training went; null where the model does not say, which is taken for a training of epochs.</param>
    /// <param name="isBestOfCandidates">The result of <see cref="IsBestOf"/>.</param>
    /// <returns>What they chose, as the object of a sentence; null for nothing.</returns>
    public static string? Of(TrainingHistory? history, bool isBestOfCandidates)
    {
        var isProbe = history?.Pretrained is { Adaptation: Adaptation.Probe };
        List<string> chosen = [];
        if (isBestOfCandidates)
            chosen.Add("the best candidate");
        if (history?.Pretrained is { IsChosenByValidation: true })
            chosen.Add(isProbe ? "the probe in place of the fine-tuned network" : "the fine-tuned network in place of the probe");
        if (!isProbe)
            chosen.Add("the best epoch");
        return chosen.Count switch
        {
            0 => null,
            1 => chosen[0],
            _ => $"{string.Join(", ", chosen[..^1])} and {chosen[^1]}",
        };
    }

    /// <summary>Whether the features of the model may have been learned from some of the validation images: by the model that its training continued.</summary>
    public static bool MayBeKnown(TrainingHistory? history) => history?.Pretrained?.Model is { HasPretrainedFeatures: false };

    /// <summary>Whether a model is the best of several that were trained.</summary>
    /// <param name="candidates">The candidates of an experiment; none of a training.</param>
    public static bool IsBestOf(IReadOnlyList<Rf3dCandidate> candidates) => candidates.Count(candidate => candidate.Score is not null) > 1;
}
