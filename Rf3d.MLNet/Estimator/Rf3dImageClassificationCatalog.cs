using Microsoft.ML.Data;
using Rf3d.MLNet;
using Rf3d.Planning;

// ML.NET's own namespace, as with all of its catalogs: the trainer shows up where people look for it.
namespace Microsoft.ML;

/// <summary>Adds the trainer to <c>mlContext.MulticlassClassification.Trainers</c>.</summary>
public static class Rf3dImageClassificationCatalog
{
    /// <summary>
    /// Creates a trainer that plans a convolutional network for the images, trains it on a GPU or the CPU, and returns a classifier that any ML.NET application can load.
    /// </summary>
    /// <param name="trainers">The catalog.</param>
    /// <param name="labelColumnName">The label: a key column.</param>
    /// <param name="featureColumnName">The images: a column of <see cref="MLImage"/>.</param>
    /// <param name="scoreColumnName">Output: the probability of each class.</param>
    /// <param name="predictedLabelColumnName">Output: the most probable class, a key.</param>
    /// <param name="validationSet">Images to validate on; null to hold out a tenth of the training data.</param>
    /// <param name="epoch">Passes over the training images; null for 20, or more for fewer than 1,200 images.</param>
    /// <param name="architecture">The network that the plan starts from; null for that of pretrained weights where there are any, else ResNet18Slim.</param>
    /// <exception cref="InvalidOptionsException">Values out of range, all of them in one message.</exception>
    public static Rf3dImageClassificationTrainer Rf3dImageClassifier(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers trainers,
        string labelColumnName = "Label",
        string featureColumnName = "Image",
        string scoreColumnName = "Score",
        string predictedLabelColumnName = "PredictedLabel",
        IDataView? validationSet = null,
        int? epoch = null,
        Architecture? architecture = null) =>
        trainers.Rf3dImageClassifier(new Rf3dImageClassificationTrainer.Options
        {
            LabelColumnName = labelColumnName,
            FeatureColumnName = featureColumnName,
            ScoreColumnName = scoreColumnName,
            PredictedLabelColumnName = predictedLabelColumnName,
            ValidationSet = validationSet,
            Epoch = epoch,
            Architecture = architecture,
        });

    /// <summary>Creates a trainer with options.</summary>
    /// <param name="trainers">The catalog.</param>
    /// <param name="options">The options; the trainer takes a copy.</param>
    /// <exception cref="InvalidOptionsException">Values out of range, all of them in one message.</exception>
    public static Rf3dImageClassificationTrainer Rf3dImageClassifier(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers trainers, Rf3dImageClassificationTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(trainers);
        return new Rf3dImageClassificationTrainer(MLNetInternals.GetEnvironment(trainers), options);
    }
}
