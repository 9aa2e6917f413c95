using System.Collections.Immutable;
using Microsoft.ML.Data;

namespace Rf3d.MLNet;

/// <summary>
/// The contribution of each position of an image to the score of one class: the class-activation map of B. Zhou et al., "Learning Deep Features for Discriminative
/// Localization" (CVPR 2016). Made by <see cref="Rf3dImageClassificationTransformer.GetClassActivationMap"/>.
/// </summary>
/// <remarks>
/// The last layer of the network is linear, and so is the step that makes a vector of its last feature map: the mean of the <see cref="Values"/> plus the <see cref="Bias"/> is
/// the <see cref="Logit"/>, but for rounding. A value depends on the receptive field of its position, which is larger than the position itself. A logit alone has little
/// meaning: the prediction depends on its difference from the logits of the other classes.
/// </remarks>
public sealed class ClassActivationMap
{
    private readonly float[] _pixels;

    internal ClassActivationMap(float[] pixels, int imageHeight, int imageWidth) => (_pixels, ImageHeight, ImageWidth) = (pixels, imageHeight, imageWidth);

    /// <summary>The class of the map.</summary>
    public required string ClassName { get; init; }

    /// <summary>Probability of the class, 0 to 1: its entry in <c>Score</c>.</summary>
    public required float Probability { get; init; }

    /// <summary>Output of the last linear layer for the class, before softmax.</summary>
    public required float Logit { get; init; }

    /// <summary>Bias of the last linear layer for the class.</summary>
    public required float Bias { get; init; }

    /// <summary>Rows of the map: those of the network's last feature map.</summary>
    public required int Height { get; init; }

    /// <summary>Columns of the map.</summary>
    public required int Width { get; init; }

    /// <summary>The values, row by row: above 0 for the class, below 0 against it.</summary>
    public required ImmutableArray<float> Values { get; init; }

    /// <summary>Height in pixels of the input of the network, which the map covers completely.</summary>
    public int ImageHeight { get; }

    /// <summary>Width in pixels of the input of the network.</summary>
    public int ImageWidth { get; }

    /// <summary>The value at a position, counted from 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such position.</exception>
    public float this[int row, int column]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(row);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Height);
            ArgumentOutOfRangeException.ThrowIfNegative(column);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(column, Width);
            return Values[(row * Width) + column];
        }
    }

    /// <summary>Returns the input of the network, resized and possibly cropped, with the map over it: orange for the class, blue against it.</summary>
    /// <param name="opacity">Opacity of the strongest colour, 0 to 1. Default: 0.7.</param>
    /// <returns>A new image, <see cref="ImageHeight"/> × <see cref="ImageWidth"/>; dispose it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The opacity is out of range.</exception>
    public MLImage Overlay(double opacity = 0.7)
    {
        if (opacity is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(opacity), opacity, "The opacity is from 0 (the image alone) to 1.");
        return ActivationOverlay.Draw(this, _pixels, opacity);
    }
}
