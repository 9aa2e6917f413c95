namespace Rf3d.MLNet;

/// <summary>Data of the event that a predictor has loaded its model again.</summary>
/// <param name="path">The file.</param>
public sealed class ModelReloadedEventArgs(string path) : EventArgs
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;
}

/// <summary>Data of the event that a predictor cannot load the changed file, or that the file is gone. The predictor keeps its model.</summary>
/// <param name="path">The file.</param>
/// <param name="error">The reason.</param>
public sealed class ModelReloadFailedEventArgs(string path, Exception error) : EventArgs
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;

    /// <summary>
    /// Why the file cannot be loaded: the exception of <see cref="Rf3dSavedModel.Load(Microsoft.ML.MLContext, string, SavedModelOptions?)"/>, or a <see cref="FileNotFoundException"/> if it is gone.
    /// </summary>
    public Exception Error { get; } = error;
}
