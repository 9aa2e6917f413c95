using System.Collections.Immutable;

namespace Rf3d.MLNet;

/// <summary>Prediction of a saved model for one image: its scores, or the reason why it cannot be read.</summary>
public sealed record ImagePrediction
{
    /// <summary>Position of the image in the sequence, counted from 0; 0 for a single image.</summary>
    public required long Index { get; init; }

    /// <summary>The file as it was given; null for streams and images in memory.</summary>
    public string? Path { get; init; }

    /// <summary>The probability of each class, 0 to 1, in the order of <see cref="Rf3dSavedModel.Classes"/>; empty where there is an <see cref="Error"/>.</summary>
    public ImmutableArray<float> Scores { get; init; } = [];

    /// <summary>The index of the most probable class, the first among equals, as in ML.NET; -1 if there is an <see cref="Error"/>.</summary>
    public int PredictedIndex { get; init; } = -1;

    /// <summary>
    /// The name of the most probable class, or <see cref="Rf3dSavedModel.UnknownLabel"/> if <see cref="IsUnknown"/>; null where there is an
    /// <see cref="Error"/>.
    /// </summary>
    public string? PredictedLabel { get; init; }

    /// <summary>The name of the most probable class, however probable it is; null where there is an <see cref="Error"/>.</summary>
    public string? BestLabel { get; init; }

    /// <summary>
    /// Whether the model does not answer: the most probable class is less probable than <see cref="Rf3dSavedModel.MinConfidence"/>, or the image is less typical than
    /// <see cref="Rf3dSavedModel.MinTypicality"/>. False where there is an <see cref="Error"/>.
    /// </summary>
    public bool IsUnknown { get; init; }

    /// <summary>
    /// Share of the training images that are at most as similar to a class as this image is, 0 to 1: near 0 for an image unlike all classes. Null if the model does not know it
    /// (<see cref="Rf3dSavedModel.HasTypicality"/>), and where there is an <see cref="Error"/>.
    /// </summary>
    /// <remarks>The similarity is the cosine of the features of the image and the mean features of the nearest class. Each training image was compared with the means of the others.</remarks>
    public float? Typicality { get; init; }

    /// <summary>The probability of the most probable class, 0 to 1; 0 where there is an <see cref="Error"/>.</summary>
    public float Probability => PredictedIndex < 0 ? 0 : Scores[PredictedIndex];

    /// <summary>
    /// Why the image cannot be read, without its name and without a full stop; null where there are scores. Only with <see cref="ImagePredictionOptions.ContinueOnError"/>.
    /// </summary>
    public string? Error { get; init; }
}
