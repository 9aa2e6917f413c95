using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>Description of a pretrained network.</summary>
public sealed record PretrainedWeightsInfo
{
    internal PretrainedWeightsInfo()
    {
    }

    /// <summary>Its name, one of <see cref="PretrainedWeights.Names"/>.</summary>
    public required string Name { get; init; }

    /// <summary>Description in one line.</summary>
    public required string Description { get; init; }

    /// <summary>Its network in the catalogue. It may have other numbers of units in its stages.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>The weights' licence, as an SPDX identifier.</summary>
    public required string License { get; init; }

    /// <summary>Terms of use of its training images.</summary>
    public required string DataTerms { get; init; }

    /// <summary>Where it comes from: a NuGet package, or an address.</summary>
    public required string Source { get; init; }

    /// <summary>Id of the NuGet package that copies it beside an application; null if there is none.</summary>
    public string? PackageId { get; init; }

    /// <summary>The package's version.</summary>
    public string? PackageVersion { get; init; }

    /// <summary>Whether the list has the hashes of its files, so that another file is refused.</summary>
    public required bool IsVerified { get; init; }
}
