using System.Globalization;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>Keeps a trained model that cannot be written, measured or moved to its place: it is saved in another folder that has room.</summary>
internal static class ModelRescue
{
    /// <summary>Runs the steps after a training.</summary>
    /// <param name="save">Saves the model to a path.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="folder">Where it was to be.</param>
    /// <param name="finish">Saves and measures the model, and puts all in its place.</param>
    /// <param name="places">Folders to try instead; null for <paramref name="folder"/>, the user's own and that of temporary files.</param>
    /// <exception cref="CommandException">A step failed; the message says why, and where the model is.</exception>
    public static T Run<T>(Action<string> save, string name, string folder, Func<T> finish, IReadOnlyList<string>? places = null)
    {
        try
        {
            return finish();
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            places ??= [folder, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), TemporaryFolder.OfSystem];
            if (places.Select(place => Save(save, name, place)).FirstOrDefault(path => path is not null) is not { } saved)
                throw;
            throw new CommandException($"{ErrorText.Of(error).TrimEnd('.')}. The trained model is not lost: it is in '{saved}'.", inner: error);
        }
    }

    /// <summary>A path for the model under a name that no other model has.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The model's name.</param>
    public static string PathIn(string folder, string name) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{name}.{DateTime.UtcNow:yyyyMMdd-HHmmss}.zip"));

    /// <returns>The file; null where it cannot be written there.</returns>
    private static string? Save(Action<string> save, string name, string folder)
    {
        if (!Directory.Exists(folder))
            return null;
        var path = PathIn(folder, name);
        try
        {
            save(path);
            return path;
        }
        // Of any kind: the model may be saved in another place, and the error before is the one to report.
        catch (Exception)
        {
            // Half a file is no model.
            AtomicFile.TryDelete(path);
            return null;
        }
    }
}
