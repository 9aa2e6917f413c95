using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace Rf3d.Datasets;

/// <summary>Counts the images that were turned upright, each once however often it is read, and says in <c>MLContext.Log</c> how many, once all files have been read.</summary>
/// <param name="folder">Where the files are.</param>
/// <param name="files">The number of files, readable or not.</param>
/// <param name="environment">Has the log.</param>
internal sealed class TurnedImages(string folder, int files, IHostEnvironment environment)
{
    private readonly Lock _gate = new();
    private readonly bool[] _isRead = new bool[files];
    private int _read;
    private int _count;

    /// <summary>How many of the files read so far.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _count;
        }
    }

    /// <summary>A file was read, or could not be read.</summary>
    public void Add(int file, bool isTurned)
    {
        int count;
        lock (_gate)
        {
            if (_isRead[file])
                return;
            _isRead[file] = true;
            _count += isTurned ? 1 : 0;
            if (++_read < _isRead.Length || _count == 0)
                return;
            count = _count;
        }
        // Out of the lock: the log is the user's code.
        using var channel = environment.Start(nameof(ImageFolderCatalog.LoadImageFolder));
        channel.Info(MessageSensitivity.Unknown, string.Create(
            CultureInfo.InvariantCulture, $"{count} of the {_isRead.Length} images in '{folder}' were turned upright, as the orientation in their EXIF data says."));
    }
}
