using System.Text.Json.Serialization;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>The figure that early stopping watches, on the validation images.</summary>
[JsonConverter(typeof(EnumNameConverter<EarlyStoppingMetric>))]
public enum EarlyStoppingMetric
{
    /// <summary>Share of images classified correctly; more is better.</summary>
    Accuracy,

    /// <summary>Cross-entropy; less is better.</summary>
    Loss,
}

/// <summary>When to stop before the last epoch. The names are those of ML.NET's image classification trainer.</summary>
public sealed record EarlyStopping
{
    private readonly double _minDelta = 0.001;
    private readonly int _patience = 20;

    /// <summary>Smallest change that counts as an improvement.</summary>
    /// <value>0 or above, in the unit of <see cref="Metric"/>. Default: 0.001.</value>
    /// <exception cref="ArgumentOutOfRangeException">Negative or not a number.</exception>
    public double MinDelta
    {
        get => _minDelta;
        init => _minDelta = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(MinDelta), value, "MinDelta must be 0 or above.");
    }

    /// <summary>Number of epochs without improvement after which training stops.</summary>
    /// <value>Epochs, at least 1. Default: 20.</value>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public int Patience
    {
        get => _patience;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(Patience));
            _patience = value;
        }
    }

    /// <summary>The figure that is watched, and that is compared first to choose the best epoch.</summary>
    /// <value>Default: <see cref="EarlyStoppingMetric.Accuracy"/>.</value>
    public EarlyStoppingMetric Metric { get; init; }
}
