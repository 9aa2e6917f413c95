using Microsoft.ML.Data;
using Rf3d.MLNet;

// ML.NET's own namespace, as with the trainer.
namespace Microsoft.ML;

/// <summary>Puts the audit of images into <c>mlContext.MulticlassClassification</c>.</summary>
public static class ImageAuditCatalog
{
    /// <summary>
    /// Finds problems in a set of labelled images: labels that are in doubt, near duplicates within and across its parts and classes, outliers, and images that are blurred, dark, of one colour, tiny or of an odd shape.
    /// Nothing is changed.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="train">The training images, or all: a key column of labels, a column of <see cref="MLImage"/>, and if there is one a column of paths.</param>
    /// <param name="validation">The validation images; null where they are not apart. Classes are compared by name.</param>
    /// <param name="test">The test images; null where they are not apart.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <remarks>
    /// <para>A pretrained network runs over all images once. A logistic regression on its features is cross-validated over the images of all parts together; for each image it says how probable its label is while it is held
    /// out, with its duplicates. A label is in doubt by confident learning (C. G. Northcutt, L. Jiang, I. L. Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70, 2021).</para>
    /// <para>Duplicates agree in small thumbnails, as they are or mirrored, and in the features of the network. Outliers are far from their ten nearest neighbours in feature space (Y. Sun et al., "Out-of-Distribution
    /// Detection with Deep Nearest Neighbors", ICML 2022), by a limit that follows from the median of all.</para>
    /// <para>The time grows with the number of images, and that of the comparison with its square. The weights of the network must be on this machine, see <see cref="PretrainedWeights"/>; nothing is downloaded.</para>
    /// </remarks>
    /// <exception cref="InvalidOptionsException">Options are out of range, all of them in one message.</exception>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type, or a part has no image with a label.</exception>
    /// <exception cref="OptionConflictException">The weights are not on this machine or are unknown, or the device is absent.</exception>
    /// <exception cref="FormatException">The file of the weights is damaged, or of another kind.</exception>
    /// <exception cref="InvalidDataException">An image is missing or cannot be decoded, and the data does not leave it out.</exception>
    /// <exception cref="InvalidOperationException">The data has other rows each time it is read, or a feature of an image is infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static ImageAudit AuditImages(
        this MulticlassClassificationCatalog catalog, IDataView train, IDataView? validation = null, IDataView? test = null, ImageAuditOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(train);
        List<(AuditSplit Split, IDataView Data)> parts = [(AuditSplit.Training, train)];
        if (validation is not null)
            parts.Add((AuditSplit.Validation, validation));
        if (test is not null)
            parts.Add((AuditSplit.Test, test));
        var settled = (options ?? new()).CheckedCopy();
        using var reading = new ImageAuditRun(MLNetInternals.GetEnvironment(catalog), settled).Read(parts);
        return reading.Judge(settled);
    }
}
