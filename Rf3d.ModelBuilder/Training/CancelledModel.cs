using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>
/// Keeps a model whose command is cancelled before the model is in its place. Until it is measured, the model has a temporary name, and a second signal, or a service that waits no longer, ends the program: at the
/// first one the model gets a second name beside the output, or where the file system has no such names, a copy. That file is deleted when the model is in its place.
/// </summary>
internal sealed class CancelledModel : IDisposable
{
    private readonly string _model;
    private readonly string? _copy;
    private readonly Action<string> _tell;
    private readonly CancellationTokenRegistration _registration;

    /// <param name="model">The model under its temporary name.</param>
    /// <param name="copy">The path of the copy; null for a model that the same command resumes to.</param>
    /// <param name="tell">Receives a line that says what happens now. Called on the thread that cancels.</param>
    /// <param name="cancellation">Cancels the command, or has done so.</param>
    public CancelledModel(string model, string? copy, Action<string> tell, CancellationToken cancellation)
    {
        (_model, _copy, _tell) = (model, copy, tell);
        _registration = cancellation.Register(Keep);
    }

    /// <summary>From here no copy is begun, and none is being made: the model may be moved. One that is complete stays until this is disposed.</summary>
    public void Close() => _registration.Dispose();

    public void Dispose()
    {
        Close();
        if (_copy is not null)
            AtomicFile.TryDelete(_copy);
    }

    private void Keep()
    {
        if (!File.Exists(_model))
            return;
        _tell(_copy is null ? "Measuring the model so far. A second Ctrl+C ends the program; the same command then resumes from there."
            : TryCopy(_copy) ? $"Measuring the model so far, of which a copy is in '{_copy}'. A second Ctrl+C ends the program and leaves the copy."
            : "Measuring the model so far. A second Ctrl+C ends the program without a model.");
    }

    private bool TryCopy(string path)
    {
        if (HardLink.TryCreate(_model, path))
            return true;
        // Of a command that is killed meanwhile, the next one for the output deletes it.
        var partial = $"{_model}.{Guid.NewGuid():N}.tmp";
        try
        {
            using var model = new FileStream(_model, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            // What comes with the model needs about as much room again.
            if (FreeSpace.Of(Path.GetDirectoryName(_model)!) is { } free && free / 2 < model.Length)
                return false;
            using (var copy = AtomicFile.Create(partial, _model))
            {
                model.CopyTo(copy);
                copy.Flush(flushToDisk: true);
            }
            File.Move(partial, path);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            AtomicFile.TryDelete(partial);
            return false;
        }
    }
}
