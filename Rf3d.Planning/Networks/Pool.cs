using System.Text.Json.Serialization;

namespace Rf3d.Planning;

/// <summary>Pooling: one value for each window, channel by channel.</summary>
/// <param name="Size">Window height and width, in pixels.</param>
/// <param name="Stride">Step between windows, in pixels.</param>
/// <param name="Padding">Pixels added on every side; at most half the window.</param>
/// <exception cref="ArgumentOutOfRangeException">A size or stride below 1, a negative padding, or one of them above 4096.</exception>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(MaxPool), "max")]
[JsonDerivedType(typeof(AveragePool), "average")]
public abstract record Pool(Size2D Size, Size2D Stride, Size2D Padding)
{
    /// <summary>Window height and width, in pixels.</summary>
    public Size2D Size { get; init; } = Size.RequirePositive(nameof(Size));

    /// <summary>Step between windows, in pixels.</summary>
    public Size2D Stride { get; init; } = Stride.RequirePositive(nameof(Stride));

    /// <summary>Pixels added on every side.</summary>
    public Size2D Padding { get; init; } = Padding.RequireNotNegative(nameof(Padding));
}

/// <summary>Max pooling: the largest value of each window. Windows at the border use the values inside it.</summary>
/// <inheritdoc cref="Pool"/>
public sealed record MaxPool(Size2D Size, Size2D Stride, Size2D Padding = default) : Pool(Size, Stride, Padding);

/// <summary>Average pooling: the mean of each window. The padding counts as zeros.</summary>
/// <inheritdoc cref="Pool"/>
public sealed record AveragePool(Size2D Size, Size2D Stride, Size2D Padding = default) : Pool(Size, Stride, Padding);
