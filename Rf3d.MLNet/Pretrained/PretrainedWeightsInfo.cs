using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>What is known of a pretrained network before it is on the machine.</summary>
public sealed record PretrainedWeightsInfo
{
    internal PretrainedWeightsInfo()
    {
    }

    /// <summary>Its name, one of <see cref="PretrainedWeights.Names"/>.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, in a line.</summary>
    public required string Description { get; init; }

    /// <summary>The network of the catalogue that it is; its stage depths may be others.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>The weights' licence, as an SPDX identifier.</summary>
    public required string License { get; init; }

    /// <summary>The terms of the images that it learned from.</summary>
    public required string DataTerms { get; init; }

    /// <summary>Where it comes from: a NuGet package, or an address.</summary>
    public required string Source { get; init; }

    /// <summary>Id of the NuGet package that puts it beside an application which references it; null where there is none.</summary>
    public string? PackageId { get; init; }

    /// <summary>The package's version.</summary>
    public string? PackageVersion { get; init; }

    /// <summary>Whether the hashes of its files are known here, so that another file is refused.</summary>
    public required bool IsVerified { get; init; }
}
