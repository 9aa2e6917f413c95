using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// Makes the model of a trained network where there is room for it. ML.NET keeps the network in a temporary file; a folder of temporary files that was filled or deleted while the network was trained must
/// not cost the training.
/// </summary>
/// <param name="temporary">The folder of temporary files.</param>
/// <param name="checkpoints">The folder of checkpoints, which has the trained weights, too; null for none.</param>
/// <param name="imageCache">The folder of image caches; null for none.</param>
internal sealed class RoomForModel(string temporary, string? checkpoints, string? imageCache)
{
    /// <summary>Receives a warning with the folder that is used instead.</summary>
    public Action<string> Warn { get; init; } = _ => { };

    /// <summary>Folders to try after that of temporary files.</summary>
    public IReadOnlyList<string>? Others { get; init; }

    /// <summary>Whether the training writes checkpoints to their folder: that of a last layer alone does not.</summary>
    public bool WritesCheckpoints { get; init; } = true;

    /// <param name="build">Makes the model with a folder for its file; null for that of temporary files.</param>
    /// <exception cref="IOException">There is no room in any folder; the message says what is left of the training.</exception>
    public T Build<T>(Func<string?, T> build)
    {
        try
        {
            return build(null);
        }
        catch (Exception error) when (WritingError(error) is { } cause)
        {
            return BuildElsewhere(build, cause);
        }
    }

    private T BuildElsewhere<T>(Func<string?, T> build, Exception cause)
    {
        var reason = $"The trained network cannot be written to the folder of temporary files '{temporary}': {cause.Message.TrimEnd('.')}.";
        var others = Others ?? Usual();
        foreach (var folder in others)
        {
            try
            {
                var model = build(folder);
                Warn($"{reason} The file of the network is in '{folder}' instead, until the model is disposed. Save the model, and make room before it is loaded.");
                return model;
            }
            catch (Exception error) when (WritingError(error) is not null)
            {
                // The next one.
            }
        }
        var option = new OptionName(nameof(Rf3dImageClassificationTrainer.Options.CheckpointDirectory));
        var everywhere = $"{reason} There is no room in {string.Join(", ", others.Select(folder => $"'{folder}'"))} either, and the training is lost.";
        var lost = this switch
        {
            // Such a training has no checkpoints, whatever the option says.
            { WritesCheckpoints: false } => new OptionConflictException($"{everywhere} Make room before training again.", cause),
            _ when checkpoints is null => new OptionConflictException($"{everywhere} Make room, and set {option}, which keeps the weights, before training again.", cause),
            _ => new OptionConflictException(
                $"{reason} The training is complete in '{checkpoints}'. Make room, or choose another folder for temporary files (the variable {TemporaryVariable.Name}, or MLContext.TempFilePath in code), and run the same training again with this {option}: nothing is trained a second time.", cause),
        };
        throw new IOException(lost.Message, lost);
    }

    /// <summary>The folders that are tried unless others are given: those that exist.</summary>
    internal IReadOnlyList<string> Usual() =>
        [.. new[] { checkpoints, imageCache, CurrentFolder(), Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) }.Where(Directory.Exists).OfType<string>()];

    private static string? CurrentFolder()
    {
        try
        {
            return Environment.CurrentDirectory;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It was deleted meanwhile.
            return null;
        }
    }

    private static Exception? WritingError(Exception error) => ReflectedError.CauseOf(error) is IOException or UnauthorizedAccessException ? ReflectedError.CauseOf(error) : null;
}
