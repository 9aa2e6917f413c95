using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Rf3d.MLNet;

/// <summary>
/// Predicts with a saved model from many threads, such as those of a web service, and loads the model again when its file changes. Running predictions are completed with
/// the old model, which is then disposed. If the file cannot be loaded, this is logged, and the predictor keeps its model.
/// </summary>
/// <remarks>All members are thread-safe. With dependency injection it is a singleton: <c>services.AddRf3dClassifier("model.zip")</c>.</remarks>
public sealed partial class Rf3dPredictor : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Lock _reload = new();
    private readonly string _path;
    private readonly SavedModelOptions _loading;
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
        (_path, _loading) = (Path.GetFullPath(options.Path), options.Loading);
        _watch = new(_path);
        // Before it is loaded: a file that is written meanwhile is a change.
        _watch.Accept();
        _current = new(Rf3dSavedModel.Load(new MLContext(), _path, _loading));
        if (options.WatchForChanges)
            _timer = options.TimeProvider.CreateTimer(_ => ReloadIfChanged(), null, options.PollingInterval, options.PollingInterval);
    }

    /// <summary>The model has been loaded again. Raised on a thread of the pool.</summary>
    public event EventHandler<ModelReloadedEventArgs>? Reloaded;

    /// <summary>The changed file cannot be loaded. Raised on a thread of the pool, once for each change.</summary>
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
        last?.Release();
    }

    /// <summary>Loads the model if its file has changed since it was loaded, and no longer changes.</summary>
    internal void ReloadIfChanged()
    {
        // A check that takes longer than the interval is not overlapped by the next one.
        if (!_reload.TryEnter())
            return;
        try
        {
            if (_watch.HasSettledChange())
                Reload();
        }
        finally
        {
            _reload.Exit();
        }
    }

    private void Reload()
    {
        Rf3dSavedModel model;
        try
        {
            model = Rf3dSavedModel.Load(new MLContext(), _path, _loading);
        }
        // Whatever it is: a timer's exception would end the process.
        catch (Exception error)
        {
            // An error that is not in the content may be temporary; the content itself is not tried again before it changes.
            if (error is not (FormatException or InvalidDataException))
                _watch.Forget();
            Tell(() => ReloadFailed?.Invoke(this, new(_path, error)));
            if (_logger is not null)
                LogFailure(_logger, error, _path);
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
        old.Release();
        if (_logger is not null)
            LogReload(_logger, _path);
        Tell(() => Reloaded?.Invoke(this, new(_path)));
    }

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

    [LoggerMessage(2, LogLevel.Warning, "The changed model '{Path}' cannot be loaded; the previous model is kept.")]
    private static partial void LogFailure(ILogger logger, Exception error, string path);

    [LoggerMessage(3, LogLevel.Error, "A handler of an event failed.")]
    private static partial void LogHandler(ILogger logger, Exception error);
}
