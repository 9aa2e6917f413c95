using System.Globalization;

namespace Rf3d.MLNet;

/// <summary>Where an experiment lives: its log, a folder of checkpoints for each candidate in training, the best model.</summary>
internal sealed class ExperimentFolder : IDisposable
{
    private readonly string _path;
    private readonly bool _isTemporary;
    private readonly bool _isNew;

    private ExperimentFolder(string path, bool isTemporary)
    {
        (_path, _isTemporary, _isNew) = (path, isTemporary, !Directory.Exists(path) || !Directory.EnumerateFileSystemEntries(path).Any());
        Log = TrialLog.Open(path);
        // The log keeps other processes out of the folder.
        AtomicFile.DeleteLeftovers(BestModel);
    }

    public TrialLog Log { get; }

    /// <summary>The best model so far.</summary>
    public string BestModel => Path.Combine(_path, "best.zip");

    /// <param name="path">The user's folder; null for a temporary one, which is deleted in the end.</param>
    /// <param name="temporary">The folder for the temporary one.</param>
    public static ExperimentFolder Open(string? path, string temporary) => path is null ? new(NewFolder(temporary), true) : new(Path.GetFullPath(path), false);

    /// <param name="number">Which candidate, counted from 1.</param>
    public string Checkpoints(int number) => Path.Combine(_path, string.Create(CultureInfo.InvariantCulture, $"candidate-{number:00}"));

    /// <summary>Deletes the checkpoints of a candidate that is out of the race. They may stay if the system says so.</summary>
    public void DeleteCheckpoints(int number) => TryDelete(Checkpoints(number));

    public void Dispose()
    {
        Log.Dispose();
        // Else the same folder would refuse the settings or data that correct the error.
        if (_isTemporary || (_isNew && !HasWork()))
            TryDelete(_path);
    }

    /// <summary>Makes a folder that other users cannot read, as that of the system's temporary folders.</summary>
    private static string NewFolder(string temporary)
    {
        var path = Path.Combine(Path.GetFullPath(temporary), $"rf3d-experiment-{Guid.NewGuid():N}");
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    /// <summary>Whether anything was trained that an experiment could resume.</summary>
    private bool HasWork() => Log.All<TrialEntry>().Any(trial => trial.Error is null)
        || Directory.EnumerateFiles(_path, "checkpoint-*", SearchOption.AllDirectories).Any();

    private static void TryDelete(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Old files may stay: they cost space, and nothing depends on them.
        }
    }
}
