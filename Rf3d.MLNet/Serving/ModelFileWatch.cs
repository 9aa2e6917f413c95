namespace Rf3d.MLNet;

/// <summary>Tells when a file has changed, and no longer changes.</summary>
internal sealed class ModelFileWatch(string path)
{
    private Look? _settled;
    private Look? _last;

    /// <summary>Takes the file as it is now for the one that is known.</summary>
    public void Accept() => _settled = _last = LookAt();

    /// <summary>Looks at the file.</summary>
    /// <returns>Whether it is another one than the known one, and the same as at the last look.</returns>
    public bool HasSettledChange()
    {
        var now = LookAt();
        var isStable = now is not null && now == _last;
        _last = now;
        if (!isStable || now == _settled)
            return false;
        _settled = now;
        return true;
    }

    /// <summary>Makes the next looks take the file for a changed one.</summary>
    public void Forget() => _settled = null;

    private Look? LookAt()
    {
        try
        {
            // The file itself, where the path is a link: links are replaced to change a file at once.
            var file = new FileInfo(path);
            if (file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
                file = target;
            return file.Exists ? new(file.FullName, file.LastWriteTimeUtc, file.Length) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private sealed record Look(string File, DateTime Time, long Length);
}
