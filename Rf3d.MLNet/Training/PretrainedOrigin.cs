namespace Rf3d.MLNet;

/// <summary>The pretrained network that a training started from, and its adaptation.</summary>
public sealed record PretrainedOrigin
{
    /// <summary>A name of <see cref="PretrainedWeights.Names"/>, or the file's.</summary>
    public required string Name { get; init; }

    /// <summary>Hash of the file, in hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Licence of the weights; null where it is not known.</summary>
    public string? License { get; init; }

    /// <summary>The saved model that the weights are from; null where the training did not continue one. Its own origin leads to the model before it.</summary>
    public ContinuedModel? Model { get; init; }

    /// <summary>Number of parameters of the planned network that come from it.</summary>
    public required long KeptParameters { get; init; }

    /// <summary>How it was adapted; never Auto.</summary>
    public required Adaptation Adaptation { get; init; }

    /// <summary>Whether validation images chose <see cref="Adaptation"/>: with Auto, the probe and the fine-tuned network are compared on them, and the one with the lower loss is the model.</summary>
    public bool IsChosenByValidation { get; init; }

    /// <summary>Whether the classifier learned from the validation images, too, after the figures of the history were measured on them: images that <c>Fit</c> held out itself, or with <see cref="Rf3dImageClassificationTrainer.Options.RefitOnValidationSet"/>, where only the last layer is trained.</summary>
    public bool LearnedValidationImages { get; init; }

    /// <summary>Share of the training images that the probe classifies correctly in cross-validation, 0 to 1.</summary>
    public double? CrossValidatedAccuracy { get; init; }

    /// <summary>The 95 % interval of that share.</summary>
    public ConfidenceInterval? CrossValidatedAccuracyInterval { get; init; }

    /// <summary>Mean log loss of the probe in cross-validation.</summary>
    public double? CrossValidatedLogLoss { get; init; }

    /// <summary>Strength of the probe's L2 penalty that cross-validation chose.</summary>
    public double? Strength { get; init; }
}
