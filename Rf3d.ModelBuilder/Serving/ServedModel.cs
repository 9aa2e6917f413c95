using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>A model of the page.</summary>
internal sealed class ServedModel : IDisposable
{
    private volatile string? _reloadError;

    /// <param name="name">Its name on the page.</param>
    /// <param name="options">Its file, and how it is loaded.</param>
    /// <param name="note">Receives a line for each change of the file; may be null. Called on threads of the pool.</param>
    /// <exception cref="CommandException">Its pipeline changes images before the classifier. A changed file with such a model is refused, too.</exception>
    public ServedModel(string name, Rf3dPredictorOptions options, Action<string>? note)
    {
        options.LoadCallback = model => UnchangedImages.Require(model.ImageSteps, Path.GetFullPath(options.Path));
        (Name, Predictor) = (name, new(options));
        Predictor.Reloaded += (_, loaded) =>
        {
            _reloadError = null;
            note?.Invoke($"Loaded the changed model '{loaded.Path}': {string.Join(", ", Predictor.Classes)}");
        };
        Predictor.ReloadFailed += (_, failed) =>
        {
            var reason = ErrorText.Of(failed.Error);
            // The page may be used from other machines, which need not know the folders of this one.
            _reloadError = reason.Replace(failed.Path, Path.GetFileName(failed.Path), StringComparison.Ordinal);
            note?.Invoke($"'{failed.Path}' cannot be loaded any more; the page uses the model that was loaded before. {reason}");
        };
    }

    public string Name { get; }

    /// <summary>The model, which is loaded again when its file changes.</summary>
    public Rf3dPredictor Predictor { get; }

    /// <summary>Why the file cannot be loaded any more, so that the model that was loaded before is used; null where the model is that of the file.</summary>
    public string? ReloadError => _reloadError;

    public void Dispose() => Predictor.Dispose();
}
