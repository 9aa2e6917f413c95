namespace Rf3d.MLNet;

/// <summary>The result of a check of a file.</summary>
internal enum ModelFileChange
{
    None,

    /// <summary>It is another one than the known one, and no longer changes.</summary>
    Changed,

    /// <summary>It is not there, or cannot be looked at.</summary>
    Gone,

    /// <summary>It is the known one, and it is time to try it again.</summary>
    Retry,
}

/// <summary>Tells when a file has changed, and no longer changes: when two checks in a row find the same.</summary>
internal sealed class ModelFileWatch(string path)
{
    // In checks: about four minutes at the usual interval.
    private const int LongestPause = 128;

    private Look? _settled;
    private Look? _last;
    private int _pause = 1;
    private int _untilRetry;

    /// <summary>Takes the file as it is now for the one that is known.</summary>
    public void Accept() => _settled = _last = LookAt();

    /// <summary>Looks at the file. Each change is reported once.</summary>
    public ModelFileChange Check()
    {
        var now = LookAt();
        var isStable = now == _last;
        _last = now;
        if (!isStable)
            return ModelFileChange.None;
        if (now == _settled)
            return _untilRetry > 0 && --_untilRetry == 0 ? ModelFileChange.Retry : ModelFileChange.None;
        (_settled, _pause, _untilRetry) = (now, 1, 0);
        return now is null ? ModelFileChange.Gone : ModelFileChange.Changed;
    }

    /// <summary>Lets the file be tried again, after a pause that is twice as long each time, for as long as it stays the same.</summary>
    public void TryAgain() => (_untilRetry, _pause) = (_pause, Math.Min(2 * _pause, LongestPause));

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
