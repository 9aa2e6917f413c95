using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>A row of the table of an audit: the finding about one file, and the proposed action.</summary>
/// <param name="Name">The file, relative to the data set; or the image's name in the data.</param>
/// <param name="Split">The part of the data set.</param>
/// <param name="Finding">The finding.</param>
/// <param name="Action">The proposed action.</param>
internal sealed record AuditProposal(string Name, AuditSplit Split, string Finding, string Action)
{
    /// <summary>The label; empty for a file that was not read.</summary>
    public string Label { get; init; } = "";

    /// <summary>How suspicious it is, from 0 to 1.</summary>
    public double Score { get; init; } = 1;

    /// <summary>The class to give it instead, and its probability; null where none is suggested.</summary>
    public (string Label, double Probability)? Suggestion { get; init; }

    /// <summary>The number of the group of duplicates, from 1; null for other findings.</summary>
    public int? Group { get; init; }

    /// <summary>Whether a training is to leave the file out.</summary>
    public bool IsExcluded { get; init; }
}
