using System.Globalization;
using Rf3d.Planning;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>The start of the plan of a candidate: a base network or a pretrained network.</summary>
/// <param name="Name">How it is called; null where the pretrained network has the name.</param>
/// <param name="Base">The base network, for the group.</param>
/// <param name="Pretrained">Weights to start from; null to leave the options as they are.</param>
internal sealed record CandidateOrigin(string? Name, string? Base, string? Pretrained)
{
    public Architecture? Architecture { get; private init; }

    public ConvNet? Network { get; private init; }

    public double Width { get; private init; } = 1;

    /// <summary>Whether a pretrained network is the base network.</summary>
    public bool IsPretrained => Base is null;

    /// <summary>Whether it is a candidate only where pretrained weights suit the images.</summary>
    public bool IsAutomatic => IsPretrained && Pretrained == PretrainedChoice.Automatic;

    /// <summary>All origins of a search space: base networks before pretrained networks.</summary>
    /// <param name="space">The search space.</param>
    /// <param name="shared">The pretrained weights in the options that all candidates share.</param>
    public static IEnumerable<CandidateOrigin> All(Rf3dSearchSpace space, string shared)
    {
        var isGiven = shared is not PretrainedChoice.Automatic;
        var files = space.Pretrained.Where(name => !IsKeyword(name) && PretrainedChoice.IsForNamedNetwork(new TrainerOptions(), name)).ToList();
        if (space.Pretrained.Contains(PretrainedChoice.Nothing, StringComparer.Ordinal))
        {
            foreach (var origin in BaseNetworks(space, PretrainedChoice.Nothing))
                yield return origin;
        }
        else if (space.Pretrained.Contains(PretrainedChoice.Automatic, StringComparer.Ordinal))
        {
            foreach (var origin in BaseNetworks(space, null))
                yield return origin;
        }
        foreach (var origin in files.SelectMany(file => BaseNetworks(space, file)))
            yield return origin;
        foreach (var name in space.Pretrained.Except(files, StringComparer.Ordinal).Where(name => name is not PretrainedChoice.Nothing && !(name is PretrainedChoice.Automatic && isGiven)))
            yield return new(null, null, name);
    }

    private static bool IsKeyword(string name) => name is PretrainedChoice.Automatic or PretrainedChoice.Nothing;

    private static IEnumerable<CandidateOrigin> BaseNetworks(Rf3dSearchSpace space, string? pretrained)
    {
        var from = pretrained is null or PretrainedChoice.Nothing ? "" : $" from {Path.GetFileName(pretrained)}";
        foreach (var architecture in space.Architectures)
        {
            foreach (var width in space.WidthMultipliers)
            {
                var name = width == 1 ? $"{architecture}" : string.Create(CultureInfo.InvariantCulture, $"{architecture} x{width}");
                yield return new(name + from, architecture + from, pretrained) { Architecture = architecture, Width = width };
            }
        }
        foreach (var network in space.Networks)
            yield return new(network.Name + from, network.Name + from, pretrained) { Network = network };
    }
}
