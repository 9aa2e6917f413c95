namespace Rf3d.Planning;

/// <summary>Where the first weights of a planned network's layer come from.</summary>
internal enum LayerOrigin
{
    /// <summary>The pretrained network.</summary>
    Kept,

    /// <summary>From no network: the layer belongs to an added unit, which returns its input.</summary>
    Identity,

    /// <summary>Nowhere: drawn at random.</summary>
    New,

    /// <summary>The pretrained network has it, the planned one has not.</summary>
    Dropped,
}

/// <summary>One line of the trace of <see cref="PlannedWeights"/>.</summary>
/// <param name="Name">The layer: of the planned network; of the pretrained one where it was dropped.</param>
/// <param name="Origin">Where its weights come from.</param>
/// <param name="Parameters">Learned numbers of the layer.</param>
/// <param name="Detail">The reason, or the sizes of maps; null where there is nothing to say.</param>
internal sealed record LayerTransfer(string Name, LayerOrigin Origin, long Parameters, string? Detail = null);
