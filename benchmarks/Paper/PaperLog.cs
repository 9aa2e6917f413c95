using System.Globalization;
using System.Text;

namespace Rf3d.Benchmarks;

/// <summary>
/// A file of JSON lines to which each finished training is appended and flushed to the disk, so that short times on a machine add up. A last line that a killed
/// process left unfinished is cut off. Open for one process at a time.
/// </summary>
internal sealed class PaperLog : IDisposable
{
    private readonly FileStream _lock;
    private readonly FileStream _file;
    private readonly List<PaperResult> _results;

    private PaperLog(FileStream fileLock, FileStream file, List<PaperResult> results) => (_lock, _file, _results) = (fileLock, file, results);

    /// <summary>All trainings that are known: those of other logs, then this one's.</summary>
    public IReadOnlyList<PaperResult> Results => _results;

    /// <param name="path">The file to append to; made if need be.</param>
    /// <param name="others">Earlier logs to continue from.</param>
    /// <exception cref="IOException">It cannot be written to, or another process does.</exception>
    /// <exception cref="FormatException">A finished line is none; the message names it.</exception>
    public static PaperLog Open(string path, IEnumerable<string> others)
    {
        path = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // The log itself is for everybody to read. Held by the system for the process, so that it is gone when the process is.
        var fileLock = new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            var length = EndOfLines(bytes);
            List<PaperResult> results = [.. others.Where(other => Path.GetFullPath(other) != path).SelectMany(Read), .. Parse(bytes.AsSpan(0, length), path)];
            file.SetLength(length);
            file.Position = length;
            return new(fileLock, file, results);
        }
        catch
        {
            file?.Dispose();
            fileLock.Dispose();
            throw;
        }
    }

    /// <summary>A log that is not appended to.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="FormatException">A finished line is none; the message names it.</exception>
    public static IReadOnlyList<PaperResult> Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        return Parse(bytes.AsSpan(0, EndOfLines(bytes)), path);
    }

    /// <exception cref="IOException">The disk is full.</exception>
    public void Append(PaperResult result)
    {
        // One write, so that the line is there as a whole or is the unfinished last one.
        _file.Write(Encoding.UTF8.GetBytes(result.ToLine() + "\n"));
        _file.Flush(flushToDisk: true);
        _results.Add(result);
    }

    public void Dispose()
    {
        _file.Dispose();
        _lock.Dispose();
    }

    private static int EndOfLines(byte[] bytes) => Array.LastIndexOf(bytes, (byte)'\n') + 1;

    private static List<PaperResult> Parse(ReadOnlySpan<byte> bytes, string path)
    {
        var lines = Encoding.UTF8.GetString(bytes).Split('\n');
        var results = new List<PaperResult>();
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].Length == 0)
                continue;
            try
            {
                results.Add(PaperResult.Read<PaperResult>(lines[i]));
            }
            catch (FormatException error)
            {
                throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"Line {i + 1} of '{path}' is no training: {error.Message} Delete the line to repeat its training."), error);
            }
        }
        return results;
    }
}
