using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>The result of a candidate in a word or two.</summary>
internal static class VerdictWords
{
    public static string InWords(this Rf3dCandidateVerdict verdict) => verdict switch
    {
        Rf3dCandidateVerdict.Kept => "kept",
        Rf3dCandidateVerdict.Best => "best",
        Rf3dCandidateVerdict.Finished => "finished",
        Rf3dCandidateVerdict.Halved => "halved",
        Rf3dCandidateVerdict.Unfinished => "unfinished",
        Rf3dCandidateVerdict.Failed => "failed",
        Rf3dCandidateVerdict.RankedBelow => "ranked below",
        Rf3dCandidateVerdict.NoTime => "no time",
        Rf3dCandidateVerdict.OverBudget => "over budget",
        Rf3dCandidateVerdict.Duplicate => "duplicate",
        Rf3dCandidateVerdict.NotPlanned => "not possible",
        _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, "There is no such verdict."),
    };
}
