namespace Rf3d.ModelBuilder;

/// <summary>
/// A folder that comes to be as a whole: files are made in a hidden neighbour, which takes the name at the end. Where the folder is there already, its files are
/// replaced in one step, or where the system cannot do that one by one, the one that marks it as complete last. Until it is disposed no other command writes the folder.
/// </summary>
internal sealed class OutputFolder : IDisposable
{
    private readonly string _marker;
    private readonly OutputLock _lock;

    private OutputFolder(string target, string marker, OutputLock taken)
    {
        _lock = taken;
        Target = target;
        _marker = marker;
        Staging = Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}.tmp");
        Directory.CreateDirectory(Staging);
    }

    /// <summary>Where the files will be.</summary>
    public string Target { get; }

    /// <summary>Where to put them until then.</summary>
    public string Staging { get; }

    /// <param name="parent">The folder that the target lies in; made if need be.</param>
    /// <param name="name">The target's name.</param>
    /// <param name="marker">The file without which the target is not complete.</param>
    /// <param name="force">Whether the target may have files, of which those with our names are replaced.</param>
    /// <exception cref="CommandException">The target has files, or cannot be written to.</exception>
    public static OutputFolder Prepare(string parent, string name, string marker, bool force)
    {
        var target = Path.Combine(Path.GetFullPath(parent), name);
        CreateParent(parent);
        var taken = OutputLock.Take(target);
        try
        {
            return Prepare(target, marker, force, taken);
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    private static OutputFolder Prepare(string target, string marker, bool force, OutputLock taken)
    {
        if (File.Exists(target))
            throw new CommandException($"'{target}' is a file. Choose another --name or --output.");
        if (!force && Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
            throw new CommandException($"'{target}' has files already. Choose another --name or --output, or replace the generated files in it with --force; others stay.");
        return new OutputFolder(target, marker, taken);
    }

    private static void CreateParent(string parent)
    {
        try
        {
            Directory.CreateDirectory(Path.GetFullPath(parent));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"'{parent}' cannot be written to: {error.Message} Choose another --output.", inner: error);
        }
    }

    /// <summary>Puts the files in their place.</summary>
    public void Commit()
    {
        if (!Directory.Exists(Target))
        {
            Directory.Move(Staging, Target);
            return;
        }
        KeepPermissions();
        if (FolderExchange.TryRun(Target, Staging))
            return;
        // From here until the last step the folder does not look complete.
        File.Delete(Path.Combine(Target, _marker));
        var files = Directory.EnumerateFiles(Staging, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Staging, path));
        foreach (var file in files.OrderBy(file => file == _marker).ThenBy(file => file, StringComparer.Ordinal).ToList())
        {
            var path = Path.Combine(Target, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Move(Path.Combine(Staging, file), path, overwrite: true);
        }
    }

    /// <summary>New folders get the permissions of those that they replace: what a group shares stays shared.</summary>
    private void KeepPermissions()
    {
        if (OperatingSystem.IsWindows())
            return;
        foreach (var folder in Directory.EnumerateDirectories(Staging, "*", SearchOption.AllDirectories).Prepend(Staging).ToList())
        {
            var old = Path.Combine(Target, Path.GetRelativePath(Staging, folder));
            try
            {
                if (Directory.Exists(old))
                    File.SetUnixFileMode(folder, File.GetUnixFileMode(old) | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // A file system without permissions.
            }
        }
    }

    /// <summary>Deletes the files that were not put in their place.</summary>
    public void Dispose()
    {
        try
        {
            if (Directory.Exists(Staging))
                Directory.Delete(Staging, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The next command for this folder tries again.
        }
        _lock.Dispose();
    }
}
