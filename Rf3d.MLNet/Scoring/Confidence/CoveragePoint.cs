namespace Rf3d.MLNet;

/// <summary>How many images a model answers with a threshold for its confidence, and how many of the answers are right. The confidence is the probability of the most probable class.</summary>
public sealed record CoveragePoint
{
    /// <summary>The threshold, 0 to 1: images of a lower confidence are not answered.</summary>
    public required float MinConfidence { get; init; }

    /// <summary>Number of all images.</summary>
    public required long Images { get; init; }

    /// <summary>Number of images that are answered.</summary>
    public required long Answered { get; init; }

    /// <summary>Number of answers that are right.</summary>
    public required long Correct { get; init; }

    /// <summary>Share of the images that is answered, 0 to 1; 0 if there are no images.</summary>
    public double Coverage => Images == 0 ? 0 : (double)Answered / Images;

    /// <summary>Share of the answers that is right, 0 to 1; 0 if there are no answers.</summary>
    public double Accuracy => Answered == 0 ? 0 : (double)Correct / Answered;

    /// <summary>The 95 % interval of <see cref="Accuracy"/>, as far as the number of answers goes. It does not include that the threshold may have been chosen on the same images.</summary>
    public ConfidenceInterval AccuracyInterval => ConfidenceInterval.OfShare(Correct, Answered);
}
