using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>A network that learned elsewhere, as data: its structure, its weights, and its image preparation.</summary>
/// <param name="Network">The network, for images of the size that it learned from. Without a head where the file has no classifier.</param>
/// <param name="Weights">Its weights by our names, for red, green and blue.</param>
/// <param name="Input">Its image preparation.</param>
/// <param name="Name">A name of the manifest, or the file's.</param>
/// <param name="Sha256">Hash of the file, in hexadecimal digits.</param>
internal sealed record PretrainedNetwork(ConvNet Network, WeightTable Weights, PretrainedInput Input, string Name, string Sha256)
{
    /// <summary>The catalogue's network that it is, in width and kernels, at stage depths of its own; null where the catalogue has none.</summary>
    public Architecture? Architecture { get; init; }

    /// <summary>Licence of the weights; null where it is not known.</summary>
    public string? License { get; init; }

    /// <summary>The same network for images and classes of the current task, with the mean of each map and one linear layer where it has no head.</summary>
    public ConvNet For(int height, int width, int classes) =>
        Network with { Input = Network.Input with { Height = height, Width = width }, Classes = classes, Head = Network.Head ?? new Head() };

    /// <summary>Its weights for a network that was planned from <see cref="Network"/>.</summary>
    /// <param name="planned">The planned network.</param>
    /// <param name="drawn">Weights drawn for it.</param>
    public PlannedWeights For(NetworkLayout planned, WeightTable drawn) => PlannedWeights.Of(NetworkLayout.Of(Network), Weights, planned, drawn);
}
