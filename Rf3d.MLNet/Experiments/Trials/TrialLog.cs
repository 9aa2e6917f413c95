using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Rf3d.MLNet;

/// <summary>
/// The log of an experiment: a file of JSON lines, to which each finished trial is appended and flushed to the disk. A last line that a killed process left
/// unfinished is cut off. Open for one experiment at a time.
/// </summary>
internal sealed class TrialLog : IDisposable
{
    public const string FileName = "trials.jsonl";

    /// <summary>Raised where this version of the library could not resume from a later log.</summary>
    public const int CurrentVersion = 1;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        // A loss may be infinite.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    private readonly FileStream _lock;
    private readonly FileStream _file;
    private readonly List<LogEntry> _entries;

    private TrialLog(FileStream folderLock, FileStream file, List<LogEntry> entries) => (_lock, _file, _entries) = (folderLock, file, entries);

    /// <summary>The file.</summary>
    public string Path => _file.Name;

    /// <summary>Opens the log of a folder, or begins it. Makes the folder if need be.</summary>
    /// <exception cref="IOException">It cannot be written to, or another experiment uses it.</exception>
    /// <exception cref="FormatException">A line before the last is damaged, or contradicts an earlier one; the message names it.</exception>
    public static TrialLog Open(string folder)
    {
        var path = System.IO.Path.Combine(System.IO.Path.GetFullPath(folder), FileName);
        FileStream? folderLock = null;
        FileStream file;
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            // The log itself is for everybody to read. Held by the system for the process, so that it is gone when the process is.
            folderLock = new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            folderLock?.Dispose();
            throw new IOException(
                $"The log of the experiment '{path}' cannot be used: {error.Message} If another experiment uses it, give this one a folder of its own; else choose a folder that you may write to.",
                error);
        }
        try
        {
            return new TrialLog(folderLock, file, Read(file, path));
        }
        catch
        {
            file.Dispose();
            folderLock.Dispose();
            throw;
        }
    }

    /// <summary>The entries of a kind, in the order in which they were written.</summary>
    public IEnumerable<T> All<T>()
        where T : LogEntry => _entries.OfType<T>();

    /// <exception cref="IOException">The disk is full.</exception>
    public void Append(LogEntry entry)
    {
        _file.Write([.. JsonSerializer.SerializeToUtf8Bytes(entry, Json), (byte)'\n']);
        _file.Flush(flushToDisk: true);
        _entries.Add(entry);
    }

    public void Dispose()
    {
        _file.Dispose();
        _lock.Dispose();
    }

    private static List<LogEntry> Read(FileStream file, string path)
    {
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        // Without its end a line was being written when the process died.
        var length = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        file.SetLength(length);
        file.Position = length;
        List<LogEntry> entries = [];
        var lines = Encoding.UTF8.GetString(bytes, 0, length).Split('\n');
        // Before the other lines, which a later version may write in another form.
        if (lines.FirstOrDefault(line => line.Length > 0) is { } first)
            CheckVersion(first, path);
        // A line that is there twice says nothing new.
        HashSet<string> seen = new(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            if (line.Length == 0 || !seen.Add(line))
                continue;
            try
            {
                var entry = JsonSerializer.Deserialize<LogEntry>(line, Json) ?? throw new JsonException("there is no entry");
                if (entries.Exists(other => other.IsAboutTheSameAs(entry)))
                    throw new JsonException("It says something else than an earlier line about the same.");
                entries.Add(entry);
            }
            catch (Exception error) when (error is JsonException or NotSupportedException)
            {
                throw new FormatException(
                    string.Create(CultureInfo.InvariantCulture, $"Line {number} of '{path}' is damaged: {error.Message} Delete the line to repeat its trial, or the folder to start again."), error);
            }
        }
        return entries;
    }

    /// <exception cref="FormatException">The line is not the first one of a log, or that of another version's.</exception>
    private static void CheckVersion(string line, string path)
    {
        int? version = null;
        try
        {
            version = JsonNode.Parse(line) is JsonObject entry && (string?)entry["kind"] == ExperimentEntry.Kind ? (int?)entry["version"] : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            // Then it is none.
        }
        if (version is null)
            throw new FormatException($"'{path}' is no log of an experiment. Choose another folder.");
        if (version != CurrentVersion)
        {
            throw new FormatException(string.Create(
                CultureInfo.InvariantCulture,
                $"'{path}' is the log of an experiment in version {version} of its format, and this library reads version {CurrentVersion}. Use the version of Rf3d.MLNet that wrote it, or choose another folder."));
        }
    }
}
