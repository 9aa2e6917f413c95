using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>Whether a new model may take the place of the one that it continues.</summary>
internal enum ContinuationVerdict
{
    /// <summary>On the old classes it is at most a little worse, with 95 % confidence.</summary>
    Replace,

    /// <summary>The images are too few to tell.</summary>
    Undecided,

    /// <summary>On the old classes it is worse.</summary>
    Worse,
}

/// <summary>The rule that decides it.</summary>
internal static class ContinuationRule
{
    /// <summary>The loss of accuracy on the old classes that is accepted: two points.</summary>
    public const double AcceptedLoss = 0.02;

    /// <param name="difference">The 95 % interval of the new accuracy minus the old one, paired; null where there was no image to compare by.</param>
    public static ContinuationVerdict Of(ConfidenceInterval? difference) => difference switch
    {
        null => ContinuationVerdict.Undecided,
        { Low: > -AcceptedLoss } => ContinuationVerdict.Replace,
        { High: <= -AcceptedLoss } => ContinuationVerdict.Worse,
        _ => ContinuationVerdict.Undecided,
    };
}
