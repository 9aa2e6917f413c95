using System.Text.RegularExpressions;

namespace Rf3d.ModelBuilder;

/// <summary>
/// Holds an output, a file or a folder, for one command at a time. The system frees it when the process ends, however it ends; files that a killed command left beside the output are then
/// deleted by the next one.
/// </summary>
internal sealed partial class OutputLock : IDisposable
{
    private readonly FileStream _file;

    private OutputLock(FileStream file) => _file = file;

    /// <param name="target">Full path of the output, in a folder that is there.</param>
    /// <param name="advice">The remedy if another command has it.</param>
    /// <exception cref="CommandException">Another command has it, or the folder cannot be written to.</exception>
    public static OutputLock Take(string target, string advice = "wait for that one, or choose another --name or --output")
    {
        var (folder, name) = (Path.GetDirectoryName(target)!, Path.GetFileName(target));
        try
        {
            // Deleted before it is freed, so that nothing stays.
            var file = new FileStream(Path.Combine(folder, $".{name}.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            DeleteLeftovers(folder, name);
            return new(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(
                $"'{target}' cannot be written now: {error.Message} If another command writes it, {advice}; else check that its folder can be written to.", inner: error);
        }
    }

    public void Dispose() => _file.Dispose();

    private static void DeleteLeftovers(string folder, string name)
    {
        foreach (var path in Directory.EnumerateFileSystemEntries(folder).Where(path => IsOf(Path.GetFileName(path), name)).ToList())
        {
            try
            {
                if (Directory.Exists(path))
                    Directory.Delete(path, recursive: true);
                else
                    File.Delete(path);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // It costs room and nothing else.
            }
        }
    }

    /// <summary>Whether a name is one under which this output is made, as <see cref="OutputFolder"/>, <see cref="StagedFile"/> and AtomicFile have it; or one of a copy that <see cref="CancelledModel"/> began.</summary>
    private static bool IsOf(string entry, string name) =>
        Leftover().Match(entry) is { Success: true } match && match.Groups["name"].Value is var of && (of == name || of == $".{name}");

    [GeneratedRegex(@"^(?<name>.+?)(\.[0-9a-f]{32}\.tmp)+\z")]
    private static partial Regex Leftover();
}
