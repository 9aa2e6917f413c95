using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Rf3d.Planning;

/// <summary>How the last feature map becomes a vector.</summary>
[JsonConverter(typeof(EnumNameConverter<HeadPooling>))]
public enum HeadPooling
{
    /// <summary>The mean of each channel: as many features as channels, at any image size.</summary>
    GlobalAverage,

    /// <summary>All values in a row: channels · height · width features.</summary>
    Flatten,
}

/// <summary>The classifier at the end of a network: a vector of features, hidden linear layers if any, and the linear layer to the classes.</summary>
public sealed record Head
{
    private readonly ImmutableArray<int> _hiddenLayers = [];
    private readonly double _dropout;

    /// <summary>How the last feature map becomes a vector. Default: the mean of each channel.</summary>
    public HeadPooling Pooling { get; init; }

    /// <summary>Number of outputs of each hidden linear layer, which is followed by ReLU and dropout. Default: none, which leaves one linear layer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An entry below 1.</exception>
    public ImmutableArray<int> HiddenLayers
    {
        get => _hiddenLayers;
        init
        {
            var layers = value.IsDefault ? [] : value;
            foreach (var outputs in layers)
                ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1, nameof(HiddenLayers));
            _hiddenLayers = layers;
        }
    }

    /// <summary>
    /// Share of the hidden layers' outputs that is set to zero while training; without hidden layers, of the features before the one linear layer. From 0
    /// to below 1; default 0.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 0, or 1 and above.</exception>
    public double Dropout
    {
        get => _dropout;
        init => _dropout = value is >= 0 and < 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Dropout), value, "Dropout must be at least 0 and below 1.");
    }

    /// <summary>Heads are equal when pooling, hidden layers and dropout are.</summary>
    public bool Equals(Head? other) =>
        other is not null && Pooling == other.Pooling && Dropout.Equals(other.Dropout) && HiddenLayers.SequenceEqual(other.HiddenLayers);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Pooling, Dropout, HiddenLayers.Length);
}
