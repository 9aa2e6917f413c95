using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace Rf3d.MLNet;

/// <summary>
/// Predicts with a saved model from many threads, such as those of a web service, and loads the model again when its file changes. Running predictions are completed with
/// the old model, which is then disposed. If the file is gone or cannot be loaded, this is logged, and the predictor keeps its model.
/// </summary>
/// <remarks>All members are thread-safe. With dependency injection it is a singleton: <c>services.AddRf3dClassifier("model.zip")</c>.</remarks>
public sealed partial class Rf3dPredictor : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Lock _reload = new();
    private readonly string _path;
    private readonly SavedModelOptions _loading;
    private readonly Action<Rf3dSavedModel>? _loaded;
    private readonly ModelFileWatch _watch;
    private readonly ITimer? _timer;
    private readonly ILogger? _logger;
    private SharedModel? _current;

    /// <summary>Loads a model, and loads it again when its file changes.</summary>
    /// <param name="path">The .zip.</param>
    /// <inheritdoc cref="Rf3dPredictor(Rf3dPredictorOptions, ILogger{Rf3dPredictor}?)" path="/exception"/>
    public Rf3dPredictor(string path)
        : this(new Rf3dPredictorOptions { Path = path })
    {
    }

    /// <summary>Loads a model.</summary>
    /// <param name="options">The path of the model, whether its file is watched, and the device.</param>
    /// <param name="logger">Receives messages on reloads; null for none.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="FormatException">The file is not a model of this trainer and version.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read, or there is no room for ML.NET's temporary files.</exception>
    /// <exception cref="OptionConflictException"><see cref="Rf3dPredictorOptions.Device"/> asks for a GPU that cannot be used. The message says why, and what to do.</exception>
    public Rf3dPredictor(Rf3dPredictorOptions options, ILogger<Rf3dPredictor>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        _logger = logger;
        (_path, _loading, _loaded) = (Path.GetFullPath(options.Path), options.Loading, options.LoadCallback);
        _watch = new(_path);
        // Before it is loaded: a file that is written meanwhile is a change.
        _watch.Accept();
        _current = new(Load());
        try
        {
            if (options.WatchForChanges)
                _timer = options.TimeProvider.CreateTimer(_ => ReloadIfChanged(), null, options.PollingInterval, options.PollingInterval);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The model has been loaded again. Raised on a thread of the pool.</summary>
    public event EventHandler<ModelReloadedEventArgs>? Reloaded;

    /// <summary>The file is gone, or the changed file cannot be loaded. Raised on a thread of the pool, once for each change of the file.</summary>
    /// <remarks>After an error that may pass, such as a lack of memory or disk space, the file is tried again after pauses of growing length. <see cref="Reloaded"/> reports a success.</remarks>
    public event EventHandler<ModelReloadFailedEventArgs>? ReloadFailed;

    /// <summary>Names of the classes of the current model, in the order of the scores.</summary>
    public ImmutableArray<string> Classes => Use(model => model.Classes);

    /// <inheritdoc cref="Rf3dSavedModel.Predict(string, ImagePredictionOptions?)"/>
    public ImagePrediction Predict(string path, ImagePredictionOptions? options = null) => Use(model => model.Predict(path, options));

    /// <inheritdoc cref="Rf3dSavedModel.Predict(Stream, ImagePredictionOptions?)"/>
    public ImagePrediction Predict(Stream stream, ImagePredictionOptions? options = null) => Use(model => model.Predict(stream, options));

    /// <inheritdoc cref="Rf3dSavedModel.Predict(MLImage)"/>
    public ImagePrediction Predict(MLImage image) => Use(model => model.Predict(image));

    /// <inheritdoc cref="Rf3dSavedModel.PredictAsync"/>
    public async Task<ImagePrediction> PredictAsync(Stream stream, ImagePredictionOptions? options = null, CancellationToken cancellationToken = default)
    {
        var used = Take();
        try
        {
            return await used.Model.PredictAsync(stream, options, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            used.Release();
        }
    }

    /// <inheritdoc cref="Rf3dSavedModel.Predict(IEnumerable{string}, ImagePredictionOptions?, CancellationToken)"/>
    /// <remarks>One enumeration is scored by one model.</remarks>
    public IEnumerable<ImagePrediction> Predict(IEnumerable<string> paths, ImagePredictionOptions? options = null, CancellationToken cancellationToken = default) =>
        Enumerate(model => model.Predict(paths, options, cancellationToken));

    /// <inheritdoc cref="Rf3dSavedModel.Predict(IEnumerable{Stream}, ImagePredictionOptions?, CancellationToken)"/>
    /// <remarks>One enumeration is scored by one model.</remarks>
    public IEnumerable<ImagePrediction> Predict(IEnumerable<Stream> streams, ImagePredictionOptions? options = null, CancellationToken cancellationToken = default) =>
        Enumerate(model => model.Predict(streams, options, cancellationToken));

    /// <inheritdoc cref="Rf3dSavedModel.Predict(IEnumerable{MLImage}, ImagePredictionOptions?, CancellationToken)"/>
    /// <remarks>One enumeration is scored by one model.</remarks>
    public IEnumerable<ImagePrediction> Predict(IEnumerable<MLImage> images, ImagePredictionOptions? options = null, CancellationToken cancellationToken = default) =>
        Enumerate(model => model.Predict(images, options, cancellationToken));

    /// <summary>Calls <paramref name="use"/> with the current model, which is not disposed until the call returns.</summary>
    /// <param name="use">Uses the model. It must not dispose it, or return it.</param>
    /// <exception cref="ObjectDisposedException">The predictor has been disposed.</exception>
    public TResult Use<TResult>(Func<Rf3dSavedModel, TResult> use)
    {
        ArgumentNullException.ThrowIfNull(use);
        var used = Take();
        try
        {
            return use(used.Model);
        }
        finally
        {
            used.Release();
        }
    }

    /// <summary>Stops watching the file, and disposes the model after the running predictions.</summary>
    public void Dispose()
    {
        _timer?.Dispose();
        SharedModel? last;
        lock (_gate)
            (last, _current) = (_current, null);
        last?.Retire();
    }

    /// <summary>Loads the model if its file has changed since it was loaded, and no longer changes, or if it is time to try it again.</summary>
    internal void ReloadIfChanged()
    {
        // A check that takes longer than the interval is not overlapped by the next one.
        if (!_reload.TryEnter())
            return;
        try
        {
            switch (_watch.Check())
            {
                case ModelFileChange.Changed:
                    Reload(isRetry: false);
                    break;
                case ModelFileChange.Retry:
                    Reload(isRetry: true);
                    break;
                case ModelFileChange.Gone:
                    Report(new FileNotFoundException($"There is no model '{_path}' any more, or it cannot be looked at.", _path));
                    break;
            }
        }
        finally
        {
            _reload.Exit();
        }
    }

    // With all that its first prediction needs: what fails then must fail now, while there is another model.
    private Rf3dSavedModel Load()
    {
        var model = Rf3dSavedModel.Load(new MLContext(), _path, _loading);
        try
        {
            _loaded?.Invoke(model);
            model.Prepare();
            if (_logger is not null && !model.ImageSteps.IsEmpty)
                LogImageSteps(_logger, _path, string.Join(", ", model.ImageSteps));
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private void Reload(bool isRetry)
    {
        Rf3dSavedModel model;
        try
        {
            model = Load();
        }
        // Whatever it is: a timer's exception would end the process.
        catch (Exception error)
        {
            // The content is not tried again before it changes, and neither are options that the model refuses.
            if (MayPass(error))
                _watch.TryAgain();
            if (!isRetry || !MayPass(error))
                Report(error);
            return;
        }
        SharedModel? old;
        lock (_gate)
        {
            old = _current;
            if (old is not null)
                _current = new(model);
        }
        if (old is null)
        {
            // The predictor was disposed meanwhile.
            model.Dispose();
            return;
        }
        old.Retire();
        if (_logger is not null)
            LogReload(_logger, _path);
        Tell(() => Reloaded?.Invoke(this, new(_path)));
    }

    private void Report(Exception error)
    {
        Tell(() => ReloadFailed?.Invoke(this, new(_path, error)));
        if (_logger is not null)
            LogFailure(_logger, error, _path);
    }

    /// <summary>
    /// Whether an error may pass without a change of the file: no space, no memory (for which ONNX Runtime has no type of its own), a share that does not answer. A file that is gone is a change.
    /// </summary>
    private static bool MayPass(Exception error) =>
        error is (IOException and not (FileNotFoundException or DirectoryNotFoundException)) or UnauthorizedAccessException or OutOfMemoryException or OnnxRuntimeException;

    /// <summary>An exception of a handler must not end the process.</summary>
    private void Tell(Action raise)
    {
        try
        {
            raise();
        }
        catch (Exception error)
        {
            if (_logger is not null)
                LogHandler(_logger, error);
        }
    }

    private IEnumerable<ImagePrediction> Enumerate(Func<Rf3dSavedModel, IEnumerable<ImagePrediction>> predict)
    {
        var used = Take();
        try
        {
            foreach (var prediction in predict(used.Model))
                yield return prediction;
        }
        finally
        {
            used.Release();
        }
    }

    private SharedModel Take()
    {
        while (true)
        {
            SharedModel? current;
            lock (_gate)
                current = _current;
            ObjectDisposedException.ThrowIf(current is null, this);
            // Retired between these two: then there is another one.
            if (current.TryUse())
                return current;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Loaded the changed model '{Path}'.")]
    private static partial void LogReload(ILogger logger, string path);

    [LoggerMessage(2, LogLevel.Warning, "The model '{Path}' has changed and cannot be loaded; the previous model is kept.")]
    private static partial void LogFailure(ILogger logger, Exception error, string path);

    [LoggerMessage(3, LogLevel.Error, "A handler of an event failed.")]
    private static partial void LogHandler(ILogger logger, Exception error);

    [LoggerMessage(4, LogLevel.Warning, "The pipeline of the model '{Path}' changes images before the classifier ({Steps}), and the predictor does not: give it images that are changed in the same way.")]
    private static partial void LogImageSteps(ILogger logger, string path, string steps);
}
