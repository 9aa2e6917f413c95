using Microsoft.ML;

namespace Rf3d.MLNet;

/// <summary>
/// Finds a network and a recipe for the images. Candidates are planned, measured and ranked before any training; only the best few are trained, with successive halving.
/// Create it with <c>mlContext.MulticlassClassification.CreateRf3dExperiment(settings)</c>.
/// </summary>
public sealed class Rf3dExperiment
{
    private readonly MulticlassClassificationCatalog _catalog;
    private readonly Rf3dExperimentSettings _settings;

    internal Rf3dExperiment(MulticlassClassificationCatalog catalog, Rf3dExperimentSettings settings) => (_catalog, _settings) = (catalog, settings);

    /// <summary>Runs the experiment, and holds out a part of the data to compare the candidates on.</summary>
    /// <inheritdoc cref="Execute(IDataView, IDataView?, string?, IProgress{Rf3dRunDetail}?)"/>
    public Rf3dExperimentResult Execute(IDataView trainData, string? labelColumnName = null, IProgress<Rf3dRunDetail>? progressHandler = null) =>
        Execute(trainData, null, labelColumnName, progressHandler);

    /// <summary>Runs the experiment, or resumes the one in <see cref="Rf3dExperimentSettings.ExperimentDirectory"/>.</summary>
    /// <param name="trainData">The training images.</param>
    /// <param name="validationData">The images to compare the candidates on; null to hold out a part of <paramref name="trainData"/>, the same for all.</param>
    /// <param name="labelColumnName">The label: a key column; null for that of <see cref="Rf3dExperimentSettings.TrainerOptions"/>.</param>
    /// <param name="progressHandler">Receives each finished or failed trial.</param>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type.</exception>
    /// <exception cref="ArgumentException">A recipe sets options that are out of range.</exception>
    /// <exception cref="InvalidOperationException">No candidate can be trained; the message has the reasons.</exception>
    /// <exception cref="InvalidOperationException">All trainings failed; the message has the reasons.</exception>
    /// <exception cref="InvalidOperationException">The folder has an experiment with other settings or data.</exception>
    /// <exception cref="InvalidOperationException">A GPU is requested and not available.</exception>
    /// <exception cref="FormatException">The log in the folder is damaged before its last line.</exception>
    /// <exception cref="IOException">The folder cannot be written to, or another experiment uses it.</exception>
    /// <exception cref="IOException">A file in <see cref="Rf3dExperimentSettings.ExperimentDirectory"/> cannot be written or read, for example because the disk is full. Finished trials are kept. Without this folder, the candidate fails.</exception>
    /// <exception cref="UnauthorizedAccessException">A file in <see cref="Rf3dExperimentSettings.ExperimentDirectory"/> may not be written or read.</exception>
    /// <exception cref="InvalidDataException">An image cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before any model was trained for an epoch.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while the best model, whose checkpoints had been deleted, was trained again.</exception>
    /// <exception cref="TimeoutException">The time was over before any model was trained for an epoch.</exception>
    /// <exception cref="TimeoutException">The time was over while the best model, whose checkpoints had been deleted, was trained again.</exception>
    public Rf3dExperimentResult Execute(
        IDataView trainData, IDataView? validationData, string? labelColumnName = null, IProgress<Rf3dRunDetail>? progressHandler = null)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        labelColumnName ??= _settings.TrainerOptions.LabelColumnName;
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        var label = LabelColumn.Find(trainData.Schema, labelColumnName, nameof(trainData));
        if (validationData is not null)
        {
            Columns.FindImage(validationData.Schema, _settings.TrainerOptions.FeatureColumnName, nameof(validationData));
            label.RequireSameClasses(LabelColumn.Find(validationData.Schema, labelColumnName, nameof(validationData)), nameof(validationData));
        }
        TorchNative.EnsureLoaded();
        // Else every trial would fail for the same reason.
        var environment = MLNetInternals.GetEnvironment(_catalog);
        _ = DeviceChoice.Choose(_settings.TrainerOptions.Device, _settings.TrainerOptions.Deterministic, environment, _ => { });
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(_settings.CancellationToken, _settings.TrainerOptions.CancellationToken);
        // The settings' own token is in exceptions where it is the only one.
        var settings = _settings.TrainerOptions.CancellationToken.CanBeCanceled ? _settings.With(cancellation.Token) : _settings;
        using var folder = ExperimentFolder.Open(settings.ExperimentDirectory, MLNetInternals.GetTempFilePath(environment));
        using var run = new ExperimentRun(_catalog, settings, folder, labelColumnName, progressHandler);
        return run.Execute(trainData, validationData, label.Classes.Length);
    }
}
